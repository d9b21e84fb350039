import type { DomainName, IpAddress } from '../address/index.js';

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

/** Whom a TLS connection trusts and who it says it is; the files are PEM. */
export interface TlsConfig {
  /** Certificates to trust instead of those that come with Node, or `'none'`. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The name the receiver's certificate must bear, or `'host'` for the host that is dialled. */
  readonly serverName: string;
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
  readonly tls: TlsConfig | 'off';
  /** A file whose first line is sent as a bearer token, or `'none'`. */
  readonly tokenFile: string;
  readonly timeoutMs: number;
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
    readonly stalledMs: number;
  };
  readonly progressMs: number;
  readonly drainMs: number;
  readonly revocation: 'close' | 'keep';
  readonly journal: { readonly folder: string; readonly segmentBytes: number };
  readonly anchors: readonly AnchorConfig[];
  readonly metrics: { readonly listen: Listen | 'off' };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'auto' | 'human' | 'json';
    readonly transports: readonly LogTransport[];
  };
}
