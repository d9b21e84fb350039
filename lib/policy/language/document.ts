import type { IpRange } from '../../address/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import type { Pattern, PortRange, ServerNamePattern } from '../values/index.js';

/** What a rule lets through: `http` plain forwarded requests; `tls`, `tentacle`, `ssh` CONNECT tunnels; `any` both. */
export type Protocol = 'http' | 'tls' | 'tentacle' | 'ssh' | 'any';

/** Which line of which file decided: enough to find it, small enough for every record. */
export interface RuleRef {
  readonly policy: string;
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

/**
 * What to do where a pinned end of a tunnel does not show who it is: let it pass, turn it away, or ask it in an own
 * handshake, and turn it away if that shows nothing either.
 */
export type Unverifiable = 'allow' | 'deny' | 'probe';

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
  /** Names besides the asked host that a TLS client may ask the server for. */
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
