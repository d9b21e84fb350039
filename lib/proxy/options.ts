import type { IpRange } from '../address/index.js';
import type { Journal } from '../journal/index.js';
import type { KnownUsers, PolicySet } from '../policy/index.js';
import type { Side } from './gone-peers/index.js';
import type { ListenAddress } from './listening/index.js';
import type { ConnectionCounts } from './limits/index.js';
import type { AttemptCounters } from './attempt-log/index.js';
import type { PassingTraffic } from './registry/index.js';
import type { Relay } from '../relay/index.js';
import type { ResolverOptions } from './upstream/index.js';

/** One level of the operator's log: an event in words, and named values. */
export type LogLine = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** The operator's log, as the proxy needs it. Never the only copy of anything an auditor wants. */
export interface OperatorLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** What became of a password; `busy`: it could not be checked now, which says nothing about it. */
export type PasswordCheck = 'verified' | 'rejected' | 'rate_limited' | 'busy';

/** Checks passwords sent from a block of client addresses. `verify` takes its time off the event loop. */
export interface Authenticator {
  readonly verify: (user: string, password: string, from: string) => Promise<PasswordCheck>;
  /** A keyed hash of an unverified name: people type passwords into user fields. */
  readonly hashUserName: (name: string) => string;
  /** The users that can log in now. */
  readonly names: () => KnownUsers;
}

/**
 * Which clients without credentials are asked to log in. `off`: no users file, every client is known by its address alone;
 * `on-need`: those that a log-in would help. Clients in `neverChallenge` are not asked, whatever the kind.
 */
export type Authentication =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on-need' | 'always' | 'never';
      readonly neverChallenge: readonly IpRange[];
      readonly users: Authenticator;
    };

/** Time limits in milliseconds. `answer` bounds the whole way to a CONNECT's reply; Halibut gives up at 15,000. */
export interface TimeLimits {
  readonly head: number;
  readonly idle: number;
  readonly dns: number;
  readonly dial: number;
  readonly answer: number;
  readonly response: number;
  readonly stalled: number;
  readonly tunnelIdle: number | 'never';
  /** For a tunnel whose destination has ended, and whose client says nothing more. */
  readonly halfClosed: number;
  /** For the first bytes of a tunnel whose rule says what they must be. */
  readonly hello: number;
  /** For what both ends say until their identities have been seen, from the tunnel's beginning. */
  readonly handshake: number;
  /** For a probe of a destination, dial included. */
  readonly probe: number;
  /** How long the result of a probe is reused. */
  readonly probeMemory: number;
  readonly progress: number;
}

/** The journal, as the proxy needs it: `append` settles when the entry is on disk, or says why it is not. It never throws. */
export type Recorder = Pick<Journal, 'append' | 'state'>;

/** Everything a proxy is made of. The parts that do I/O come from outside, so that the cli alone wires them together. */
export interface ProxyOptions {
  readonly listen: readonly ListenAddress[];
  /** Where else this process listens: what must not be reached through the proxy either. */
  readonly otherListeners?: readonly ListenAddress[];
  /** The policy set in force, asked again for each attempt. */
  readonly policy: () => PolicySet;
  readonly journal: Recorder;
  readonly relay: Relay;
  readonly authentication: Authentication;
  readonly resolver: ResolverOptions;
  readonly times: TimeLimits;
  /** Who to ask about a refusal, where the policy that denies does not say: its phrase ends with it. */
  readonly contact?: string | 'none';
  /** How many connections may be open at once. */
  readonly connections: { readonly total: number; readonly perClient: number };
  /** What a policy change does to open tunnels that the new policy would not let through. */
  readonly revocation: 'close' | 'keep';
  readonly log: OperatorLog;
  readonly now: () => Date;
  /** How often, in milliseconds, to look whether another UTC day has come, with which rules expire; 30,000 unless said. */
  readonly dayLookMs?: number;
  /** How often, in milliseconds, to look for peers that have gone; 5,000 unless said. */
  readonly goneLookMs?: number;
}

/** Counts since the start, for status. */
export interface ProxyStatistics extends Readonly<AttemptCounters> {
  readonly connections: ConnectionCounts;
  readonly openTunnels: number;
  /** Connections closed because their peer had gone, by side. */
  readonly gonePeers: Readonly<Record<Side, number>>;
  readonly cachedNames: number;
}

/** A running proxy. */
export interface Proxy {
  readonly kind: 'proxy';
  /** Where it really listens (port 0 replaced). */
  readonly listeners: readonly ListenAddress[];
  readonly statistics: () => ProxyStatistics;
  /** The traffic that is passing now: tunnels and plain HTTP requests that were let through and have not ended. */
  readonly passing: () => readonly PassingTraffic[];
  /** Call after a policy change: open tunnels are judged again, and ended if `revocation` says so. */
  readonly policyChanged: () => void;
  /** Reads the system's DNS servers again, and forgets the addresses that were cached. */
  readonly rereadDns: () => void;
  /**
   * Stops listening, answers new requests 503, waits up to `drainMs` for open attempts, ends the rest, and settles when
   * each one's `close` record is written (or could not be).
   */
  readonly stop: (drainMs: number) => Promise<ProxyStopped>;
}

/** What a stop found. */
export interface ProxyStopped {
  /** Attempts that were open when it had waited: it ended them, or their ends were waiting for room on the disk. */
  readonly ended: number;
  /** Attempts whose end is not on disk. */
  readonly missing: number;
}
