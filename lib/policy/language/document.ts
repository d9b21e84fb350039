import type { IpRange } from '../../address/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import type { Pattern, PortRange, ServerNamePattern } from '../values/index.js';

/** The traffic that a rule allows: `http` plain forwarded requests; `tls`, `tentacle`, `ssh` CONNECT tunnels; `any` both. */
export const protocols = ['http', 'tls', 'tentacle', 'ssh', 'any'] as const;

/** One of {@link protocols}. */
export type Protocol = (typeof protocols)[number];

/** The line of a file that decided. Small, since every record has it. */
export interface RuleRef {
  readonly policy: string;
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

/** What to do where a pinned end shows no identity: let it pass, refuse it, or probe it and refuse it if that fails too. */
export type Unverifiable = 'allow' | 'deny' | 'probe';

/** What a rule requires of an attempt before its host is looked up, apart from client and host. */
export interface RuleTerms {
  readonly protocol: Protocol;
  readonly ports: readonly PortRange[];
  readonly methods: readonly string[] | 'every';
  /** Exact paths, or prefixes written with a trailing `*`. */
  readonly paths: readonly string[] | 'every';
  /** Last day (UTC, `YYYY-MM-DD`) on which the rule allows, or `'never'`. */
  readonly expires: string;
}

/** What a rule requires of the traffic in its tunnels, apart from the protocol. */
export interface TrafficRequirements {
  /** Names, in addition to the requested host, that a TLS client may ask the server for. */
  readonly serverNames: readonly ServerNamePattern[];
  /** The certificates of which the Tentacle must have one; empty: any. 40 upper-case hex digits each. */
  readonly thumbprints: readonly string[];
  /** The certificates of which the client must have one; empty: any, or none. */
  readonly clientThumbprints: readonly string[];
  /** The host keys of which the server must have one, or authorities of which one must have certified it; empty: any. */
  readonly hostKeys: readonly HostKeyPin[];
  readonly unverifiable: Unverifiable;
  /** Whether traffic that fails the pins passes, and is recorded as such. */
  readonly observes: boolean;
}

/** One `allow` rule, checked, its groups replaced by their members. */
export interface AllowRule extends Pick<RuleRef, 'id' | 'line'> {
  readonly to: readonly Pattern[];
  readonly except: readonly Pattern[];
  /** Where names of this rule may lead; empty: anywhere that is globally reachable. */
  readonly resolvesTo: readonly IpRange[];
  readonly terms: RuleTerms;
  readonly traffic: TrafficRequirements;
}

/** One `deny` entry, checked. It wins over every rule of every file. */
export interface DenyRule extends Pick<RuleRef, 'id' | 'line'> {
  readonly to: readonly Pattern[];
  readonly ports: readonly PortRange[] | 'every';
  readonly reason: string;
}

/** The clients of a policy by user: these users, clients without a user, or both kinds of clients. */
export type UserScope = readonly string[] | 'anonymous' | 'every';

/** One policy file after reading, checking and linking: plain data, no functions. */
export interface PolicyDocument {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  /** Who to ask about a denial; `'none'`: the one of the configuration. */
  readonly contact: string | 'none';
  /** The clients that it applies to. Users and networks must both hold. */
  readonly clients: { readonly users: UserScope; readonly networks: readonly IpRange[] | 'every' };
  readonly allow: readonly AllowRule[];
  readonly deny: readonly DenyRule[];
}
