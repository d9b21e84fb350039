import type { DomainName, IpAddress } from '../address/index.js';
import type { SinkTarget } from '../outbox/index.js';

/** Where to listen: an address without brackets, and a port; port 0 takes a free one. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** Whether and how users prove who they are. `off`: there is no users file, every client is known by its address alone. */
export type UsersConfig =
  { readonly kind: 'off' } | { readonly kind: 'file'; readonly path: string; readonly required: boolean };

/** One place the operator's log goes to: a transport of winston by name, or a package that holds one, and its options. */
export interface LogTransport {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Where a secret is kept. It never stands in the configuration itself. */
export type SecretSource =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'variable'; readonly name: string } | 'none';

/** Whom a sink's or an anchor's connection trusts, and who it says it is: PEM files. */
export interface TlsFiles {
  readonly caFile: string | 'none';
  readonly identity: { readonly certFile: string; readonly keyFile: string } | 'none';
  readonly serverName: string | 'host';
}

/** One place the audit trail is sent to. */
export interface SinkConfig {
  readonly name: string;
  readonly format: 'own' | 'ecs' | 'ocsf' | 'cef';
  readonly kinds: readonly string[] | 'all';
  readonly from: 'oldest' | 'now';
  readonly onRefused: 'retry' | 'skip';
  readonly limits: { readonly records: number; readonly bytes: number; readonly waitMs: number };
  readonly timeoutMs: number;
  readonly target: SinkTarget;
  readonly tls: TlsFiles | 'plain';
  readonly headers: Readonly<Record<string, string>>;
  /** The header that the secret is sent in, and what stands before it there. */
  readonly secret: { readonly source: SecretSource; readonly header: string; readonly before: string };
}

/** Where an anchor keeps checkpoints. */
export type AnchorPlaceConfig =
  | { readonly use: 'file'; readonly path: string }
  | { readonly use: 'syslog'; readonly host: string; readonly port: number; readonly facility: number }
  | { readonly use: 'http'; readonly url: string };

/** One place outside this machine that is given every checkpoint. */
export interface AnchorConfig {
  readonly name: string;
  readonly place: AnchorPlaceConfig;
  readonly timeoutMs: number;
  readonly tls: TlsFiles | 'plain';
  readonly secret: SinkConfig['secret'];
}

/** Everything tidegate can be told, read once, checked and frozen. Paths are absolute, times in milliseconds, sizes in bytes. */
export interface Config {
  readonly listen: readonly Listen[];
  readonly policies: string;
  readonly state: string;
  readonly users: UsersConfig;
  readonly hosts: ReadonlyMap<DomainName, readonly IpAddress[]>;
  readonly dns: { readonly servers: readonly string[] | 'system'; readonly timeoutMs: number; readonly cache: number };
  readonly limits: { readonly connections: number; readonly connectionsPerClient: number };
  readonly timeouts: {
    readonly headMs: number;
    readonly dialMs: number;
    readonly answerMs: number;
    readonly responseMs: number;
    readonly idleMs: number;
    readonly tunnelIdleMs: number | 'never';
    readonly halfClosedMs: number;
    readonly helloMs: number;
    readonly handshakeMs: number;
    readonly probeMs: number;
    readonly probeMemoryMs: number;
    readonly stalledMs: number;
  };
  readonly progressMs: number;
  readonly drainMs: number;
  readonly revocation: 'close' | 'keep';
  readonly journal: {
    readonly folder: string;
    /** The private key that checkpoints are signed with. */
    readonly keyFile: string;
    readonly segmentBytes: number;
    readonly compress: boolean;
    readonly keepMs: number | 'always';
    readonly keepBytes: number | 'unlimited';
    /** Room kept free for the worst day; 0 is none. */
    readonly reserveBytes: number;
  };
  readonly anchors: readonly AnchorConfig[];
  readonly metrics: { readonly listen: Listen | 'off' };
  readonly sinks: readonly SinkConfig[];
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'auto' | 'human' | 'json';
    readonly transports: readonly LogTransport[];
  };
}
