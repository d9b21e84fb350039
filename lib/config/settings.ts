import { join } from 'node:path';
import { DAY_MS } from '../system/values/index.js';
import { CONTACT } from '../text/index.js';
import { anchor } from './anchors.js';
import { count, duration, flag, type Kind, list, orWord, path, pattern, size, unless, word } from './kinds.js';
import { dnsServer, hosts, listener, range } from './network.js';
import { transport } from './receivers.js';
import { sink } from './sinks.js';

/** What defaults are derived from: the environment, and settings further up in the table. */
export interface DefaultSources {
  /** The folder in which the command runs. */
  readonly folder: string;
  /** The folder of the policies that are part of tidegate. */
  readonly ownPolicies: string;
  /** How many files the process may have open, or `'unknown'`. */
  readonly openFiles: number | 'unknown';
  readonly state: string;
  readonly connections: number;
  readonly usersFile: string | 'none';
}

/** One row of the table of settings. */
interface Setting<V> {
  readonly kind: Kind<V>;
  readonly default: (from: DefaultSources) => V;
  /** The default in words. */
  readonly defaultText: string;
  readonly help: string;
  /** Its flag without the dashes, such as `listen <address:port>`, or `'none'`. */
  readonly flag: string | 'none';
}

function setting<V>(kind: Kind<V>, value: NoInfer<V>, help: string, flag = 'none'): Setting<V> {
  return derived(kind, () => value, kind.show(value), help, flag);
}

/** A setting whose default depends on the environment; `defaultText` describes it. */
function derived<V>(
  kind: Kind<V>,
  value: (from: DefaultSources) => NoInfer<V>,
  defaultText: string,
  help: string,
  flag = 'none',
): Setting<V> {
  return { kind, default: value, defaultText, help, flag };
}

/** The most connections by default: a tunnel takes two files, and the journal, DNS and others need some too. */
function connectionsFor(openFiles: number | 'unknown'): number {
  return openFiles === 'unknown' ? 8_000 : Math.max(1, Math.min(8_000, Math.floor(openFiles * 0.45)));
}

/** Every setting, in the order of the file. A new setting is a new row. */
const table = {
  listen: setting(
    list(listener),
    [{ host: '127.0.0.1', port: 3128 }],
    'addresses to listen on; 0.0.0.0:3128 is every IPv4 interface',
    'listen <address:port>',
  ),
  policies: derived(
    path,
    ({ ownPolicies }) => ownPolicies,
    'the policies that are part of tidegate',
    'folder of the policy files',
    'policies <folder>',
  ),
  state: derived(
    path,
    ({ folder }) => join(folder, 'var'),
    './var',
    'folder of the journal, the state files and the status socket',
    'state <folder>',
  ),
  'users.file': setting(
    unless('none', path),
    'none',
    'users file, created by tidegate user add; without it, clients are known by their address alone',
    'users <file>',
  ),
  'users.challenge': derived(
    unless('no users file', word('on-need', 'always', 'never')),
    ({ usersFile }) => (usersFile === 'none' ? 'no users file' : 'on-need'),
    'on-need',
    'which clients without credentials are asked to log in (407); on-need: those that it would help',
  ),
  'users.never-challenge': setting(list(range, 0), [], 'networks of clients that cannot log in, and are never asked'),
  'refusals.contact': setting(
    unless('none', pattern(CONTACT, 'at most 40 printable ASCII characters')),
    'none',
    'who to ask about a refusal, such as go/egress: ends its phrase; "contact" of a policy takes its place',
  ),
  hosts: setting(hosts, new Map(), 'addresses of names that are in no DNS; used before DNS, for receivers too'),
  'dns.servers': setting(
    unless('system', list(dnsServer), "the system's"),
    'system',
    'DNS servers, with an optional port',
  ),
  'dns.timeout': setting(duration(100, 11_000), 4_000, 'maximum time for one DNS lookup'),
  'dns.cache': setting(count(0, 1_000_000), 10_000, 'maximum DNS cache entries'),
  'limits.connections': derived(
    count(1, 1_000_000),
    ({ openFiles }) => connectionsFor(openFiles),
    '45 % of the files that may be open, at most 8000',
    'maximum client connections',
  ),
  'limits.connections-per-client': derived(
    count(1, 1_000_000),
    ({ connections }) => Math.max(1, Math.floor(connections * 0.75)),
    'three quarters of limits.connections',
    'maximum connections per client address',
  ),
  'timeouts.head': setting(duration(1_000, 60_000), 10_000, 'maximum time for the head of a request to arrive'),
  'timeouts.dial': setting(duration(100, 11_500), 6_000, 'maximum time to connect to a destination'),
  // CONNECT must be answered in less than 12 s: Halibut gives up after 15 s.
  'timeouts.answer': setting(
    duration(1_000, 11_500),
    11_000,
    'maximum time to answer a CONNECT; Tentacle connections give up after 15s',
  ),
  'timeouts.response': setting(duration(1_000), 300_000, 'maximum time for a plain HTTP response to start'),
  'timeouts.idle': setting(duration(1_000), 75_000, 'maximum time between two requests on a connection'),
  'timeouts.tunnel-idle': setting(
    orWord('never', duration(1_000)),
    'never',
    'maximum idle time of a tunnel; less than 12m breaks the connections that Octopus keeps',
  ),
  'timeouts.half-closed': setting(
    duration(1_000),
    60_000,
    'maximum idle time of a tunnel whose destination has closed its side',
  ),
  'timeouts.hello': setting(
    duration(1_000, 60_000),
    5_000,
    'maximum time for the first bytes of a tunnel, where a rule inspects them',
  ),
  'timeouts.handshake': setting(
    duration(1_000, 300_000),
    30_000,
    'maximum time until both ends of a tunnel have identified themselves',
  ),
  'timeouts.probe': setting(duration(500, 60_000), 5_000, 'maximum time for a probe handshake with a destination'),
  'timeouts.probe-memory': setting(duration(0, DAY_MS), 300_000, 'how long the result of a probe is reused'),
  'timeouts.stalled': setting(duration(1_000), 60_000, 'maximum time without progress in a plain HTTP body'),
  progress: setting(duration(1_000), 300_000, 'interval of the progress records of a long tunnel'),
  'shutdown.drain': setting(
    duration(0, 3_600_000),
    60_000,
    'maximum time for open connections to end when tidegate stops',
  ),
  revocation: setting(word('close', 'keep'), 'close', 'what a policy change does to tunnels that it no longer allows'),
  'journal.key': derived(
    path,
    ({ state }) => join(state, 'journal.key'),
    'journal.key in the state folder',
    'private key file that signs the checkpoints; created by the first start',
  ),
  'journal.segment': setting(
    size(2 ** 16, 2 ** 34),
    64 * 2 ** 20,
    'maximum size of a journal file; a new one also starts every day (UTC)',
  ),
  'journal.compress': setting(flag, true, 'whether closed journal files are compressed'),
  'journal.keep-for': setting(
    orWord('always', duration(DAY_MS, 36_500 * DAY_MS)),
    'always',
    'how long journal files are kept',
  ),
  'journal.keep-size': setting(
    orWord('unlimited', size(2 ** 20, 2 ** 44)),
    'unlimited',
    'maximum size of all journal files; beyond it the oldest are removed',
  ),
  'journal.reserve': setting(
    orWord('none', size(2 ** 16, 2 ** 34)),
    16 * 2 ** 20,
    'disk space reserved for the last records on a full disk',
  ),
  anchors: setting(list(anchor, 0), [], 'receivers of the signed checkpoints'),
  'metrics.listen': setting(unless('off', listener), 'off', 'address and port of the metrics endpoint'),
  sinks: setting(
    // Options may hold secrets, so only the names are shown.
    list(sink, 0, sink.show, ({ name, target }) => `${name} (${target.use})`),
    [],
    'receivers of the audit trail',
  ),
  'log.level': setting(word('debug', 'info', 'warn', 'error'), 'info', 'minimum log level', 'log-level <level>'),
  'log.format': setting(
    word('auto', 'human', 'json'),
    'auto',
    "format of the operator's log; auto: human on a terminal, json elsewhere",
    'log-format <format>',
  ),
  'log.transports': setting(
    list(transport, 0, (each) => JSON.stringify(each)),
    [],
    "further receivers of the operator's log",
  ),
} as const;

type Table = typeof table;

/** The key of a setting: its path in the file, joined by dots. */
export type Key = keyof Table;

/** The value of every setting. Paths are absolute, times in milliseconds, sizes in bytes. */
export type Values = {
  readonly [K in Key]: Table[K] extends Setting<infer V> ? V : never;
};

/** The effective configuration: all settings, and what follows from them. */
export type Config = Values & { readonly 'journal.folder': string };

/** Every setting by its key. */
export const settings: { readonly [K in Key]: Setting<Values[K]> } = table;

/** The keys of all settings, in the order of the file. */
export const keys: readonly Key[] = Object.keys(table).filter(isKey);

/** Whether a text is the key of a setting. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(table, text);
}

/** The environment variable of a key: `dns.timeout` is `TIDEGATE_DNS_TIMEOUT`. */
export function variableOf(key: string): string {
  return `TIDEGATE_${key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}

/** The name of the flag of a key, such as `log-level`, or `'none'`. */
export function flagOf(key: Key): string {
  return settings[key].flag.split(' ', 1).join();
}
