import type { DomainName, IpRange } from '../../address/index.js';

/** One thing a rule speaks of: a name, everything under a name (`*.d`, never `d` itself: rule A12), or a range of addresses. */
export type Pattern =
  | { readonly kind: 'name'; readonly name: DomainName }
  | { readonly kind: 'under'; readonly suffix: DomainName }
  | { readonly kind: 'range'; readonly range: IpRange };

/** A pattern that a server name of TLS can match: names only, since TLS knows no others. */
export type ServerNamePattern = Exclude<Pattern, { readonly kind: 'range' }>;

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}
