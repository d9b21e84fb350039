import type { DomainName, IpRange } from '../../address/index.js';

/** What a rule lets through: `http` plain forwarded requests; `tls`, `tentacle`, `ssh` CONNECT tunnels; `any` both. */
export type Protocol = 'http' | 'tls' | 'tentacle' | 'ssh' | 'any';

/** Which line of which file decided: enough to find it, small enough for every record. */
export interface RuleRef {
  readonly policy: string;
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

/** One thing a rule speaks of: a name, everything under a name (`*.d`, never `d` itself: rule A12), or a range of addresses. */
export type Pattern =
  | { readonly kind: 'name'; readonly name: DomainName }
  | { readonly kind: 'under'; readonly suffix: DomainName }
  | { readonly kind: 'range'; readonly range: IpRange };

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Whom a policy speaks for. Given both, both must hold. */
interface ClientScope {
  readonly users: readonly string[] | 'every';
  readonly networks: readonly IpRange[] | 'every';
}

/** One `allow` rule, checked, its groups put in place of their names. */
export interface AllowRule extends RuleRef {
  readonly to: readonly Pattern[];
  readonly except: readonly Pattern[];
  /** Where names of this rule may lead; empty: anywhere that is globally reachable. */
  readonly resolvesTo: readonly IpRange[];
  readonly protocol: Protocol;
  readonly ports: readonly PortRange[];
  readonly methods: readonly string[] | 'every';
  /** Exact paths, or prefixes written with a trailing `*`. */
  readonly paths: readonly string[] | 'every';
  /** Last day (UTC, `YYYY-MM-DD`) on which the rule allows, or `'never'`. */
  readonly expires: string;
}

/** One `deny` entry, checked. It wins over every rule of every file. */
export interface DenyRule extends RuleRef {
  readonly to: readonly Pattern[];
  readonly ports: readonly PortRange[] | 'every';
  readonly reason: string;
}

/** One policy file after reading, checking and linking: plain data, no functions. */
export interface PolicyDocument {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  readonly clients: ClientScope;
  readonly allow: readonly AllowRule[];
  readonly deny: readonly DenyRule[];
}
