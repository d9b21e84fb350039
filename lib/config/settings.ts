import type { Config } from './config.js';
import { formatDuration, formatListen, formatSize } from './values.js';

/** One key that can be set: where its value may come from, and how it is shown. */
interface Setting {
  /** The key as a path in the file, joined by dots. */
  readonly key: string;
  readonly flag: { readonly name: string; readonly value: string } | 'none';
  /** How a flag's or variable's text becomes the value: whole, cut at commas, or not at all. */
  readonly text: 'one' | 'list' | 'file_only';
  readonly what: string;
  readonly show: (config: Config) => string;
}

/** Every key, in the order of the file. The names of environment variables follow from the keys (see {@link variableOf}). */
export const settings: readonly Setting[] = [
  {
    key: 'listen',
    flag: { name: 'listen', value: 'address:port' },
    text: 'list',
    what: 'where to listen',
    show: ({ listen }) => listen.map(formatListen).join(', '),
  },
  {
    key: 'policies',
    flag: { name: 'policies', value: 'folder' },
    text: 'one',
    what: 'folder of the policy files',
    show: ({ policies }) => policies,
  },
  {
    key: 'state',
    flag: { name: 'state', value: 'folder' },
    text: 'one',
    what: 'folder of the journal and the status socket',
    show: ({ state }) => state,
  },
  {
    key: 'users.file',
    flag: { name: 'users', value: 'file' },
    text: 'one',
    what: 'users file, made by tidegate user add',
    show: ({ users }) => (users.kind === 'off' ? 'none' : users.path),
  },
  setting('users.required', 'whether every client must give a user and password', ({ users }) =>
    users.kind === 'off' ? 'no users file' : String(users.required),
  ),
  {
    key: 'hosts',
    flag: 'none',
    text: 'file_only',
    what: 'addresses of names that live in no DNS',
    show: ({ hosts }) => (hosts.size === 0 ? 'none' : [...hosts.keys()].join(', ')),
  },
  {
    ...setting('dns.servers', 'DNS servers to ask', ({ dns }) =>
      dns.servers === 'system' ? "the system's" : dns.servers.join(', '),
    ),
    text: 'list',
  },
  setting('dns.timeout', 'time for looking up one name', ({ dns }) => formatDuration(dns.timeoutMs)),
  setting('dns.cache', 'names kept in the cache at most', ({ dns }) => String(dns.cache)),
  setting('limits.connections', 'client connections at most', ({ limits }) => String(limits.connections)),
  setting('limits.connections-per-client', 'of these, from one address', ({ limits }) =>
    String(limits.connectionsPerClient),
  ),
  setting('timeouts.head', "time for a request's head to arrive", ({ timeouts }) => formatDuration(timeouts.headMs)),
  setting('timeouts.dial', 'time for connecting to a destination', ({ timeouts }) => formatDuration(timeouts.dialMs)),
  setting('timeouts.answer', 'time for answering a CONNECT, all in all', ({ timeouts }) =>
    formatDuration(timeouts.answerMs),
  ),
  setting('timeouts.response', "time for an origin's response to begin (plain HTTP)", ({ timeouts }) =>
    formatDuration(timeouts.responseMs),
  ),
  setting('timeouts.idle', 'time a connection is kept between two requests', ({ timeouts }) =>
    formatDuration(timeouts.idleMs),
  ),
  setting('timeouts.tunnel-idle', 'time a tunnel may be silent', ({ timeouts }) =>
    timeouts.tunnelIdleMs === 'never' ? 'never' : formatDuration(timeouts.tunnelIdleMs),
  ),
  setting('timeouts.half-closed', 'time a tunnel may be silent after its destination has ended', ({ timeouts }) =>
    formatDuration(timeouts.halfClosedMs),
  ),
  setting('timeouts.hello', "time for a tunnel's first bytes to arrive", ({ timeouts }) =>
    formatDuration(timeouts.helloMs),
  ),
  setting('timeouts.handshake', 'time until both ends of a tunnel have shown who they are', ({ timeouts }) =>
    formatDuration(timeouts.handshakeMs),
  ),
  setting('timeouts.probe', 'time for a handshake of its own with a destination', ({ timeouts }) =>
    formatDuration(timeouts.probeMs),
  ),
  setting('timeouts.probe-memory', 'how long what such a handshake showed is remembered', ({ timeouts }) =>
    formatDuration(timeouts.probeMemoryMs),
  ),
  setting('timeouts.stalled', 'time a reader may take nothing (plain HTTP)', ({ timeouts }) =>
    formatDuration(timeouts.stalledMs),
  ),
  setting('progress', 'how often a long tunnel is recorded', ({ progressMs }) => formatDuration(progressMs)),
  setting('shutdown.drain', 'time for open connections to end at a stop', ({ drainMs }) => formatDuration(drainMs)),
  setting('revocation', 'what a policy change does to tunnels it no longer allows', ({ revocation }) => revocation),
  setting('journal.key', 'private key file that checkpoints are signed with', ({ journal }) => journal.keyFile),
  setting('journal.segment', 'size at which a new journal file begins, beside the one of every day', ({ journal }) =>
    formatSize(journal.segmentBytes),
  ),
  setting('journal.compress', 'whether closed journal files are compressed', ({ journal }) => String(journal.compress)),
  setting('journal.keep-for', 'how long journal files are kept', ({ journal }) =>
    journal.keepMs === 'always' ? journal.keepMs : formatDuration(journal.keepMs),
  ),
  setting('journal.keep-size', 'how much disk journal files may take before the oldest go', ({ journal }) =>
    journal.keepBytes === 'unlimited' ? journal.keepBytes : formatSize(journal.keepBytes),
  ),
  setting('journal.reserve', 'room kept for what must be recorded on a full disk', ({ journal }) =>
    journal.reserveBytes === 0 ? 'none' : formatSize(journal.reserveBytes),
  ),
  {
    key: 'anchors',
    flag: 'none',
    text: 'file_only',
    what: 'places that keep the signed checkpoints of the journal',
    show: ({ anchors }) => (anchors.length === 0 ? 'none' : anchors.map(({ name }) => name).join(', ')),
  },
  setting('metrics.listen', 'where metrics can be asked', ({ metrics }) =>
    metrics.listen === 'off' ? 'off' : formatListen(metrics.listen),
  ),
  {
    key: 'sinks',
    flag: 'none',
    text: 'file_only',
    what: 'where the audit trail is sent to besides',
    // Options may hold secrets, so only the names are shown.
    show: ({ sinks }) =>
      sinks.length === 0 ? 'none' : sinks.map(({ name, target }) => `${name} (${target.use})`).join(', '),
  },
  {
    ...setting('log.level', 'least level that is logged', ({ log }) => log.level),
    flag: { name: 'log-level', value: 'level' },
  },
  {
    ...setting('log.format', "how the operator's log is written", ({ log }) => log.format),
    flag: { name: 'log-format', value: 'format' },
  },
  {
    key: 'log.transports',
    flag: 'none',
    text: 'file_only',
    what: 'where the log goes besides',
    // Options may hold secrets, so only the names are shown.
    show: ({ log }) => (log.transports.length === 0 ? 'none' : log.transports.map(({ use }) => use).join(', ')),
  },
];

/** The environment variable of a key: `dns.timeout` is `TIDEGATE_DNS_TIMEOUT`. */
export function variableOf(key: string): string {
  return `TIDEGATE_${key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}

function setting(key: string, what: string, show: Setting['show']): Setting {
  return { key, flag: 'none', text: 'one', what, show };
}
