/** One row of the table of rooms. */
interface Row {
  /** Floors count from 1, the lowest. A room inside another stands on that one's floor. */
  readonly floor: number;
  /** What the room is: a cell of the table in docs/architecture.md. */
  readonly is: string;
  /** No sockets, files, clock or randomness: time and bytes come as arguments. */
  readonly pure?: true;
  /** Rooms it may import, by their doors; separated by spaces. They stand on lower floors, or on the same one without a cycle. */
  readonly imports?: string;
  /** Rooms of which it may import types only. */
  readonly types?: string;
  /** How many files it may hold, if not {@link FILES}. */
  readonly files?: number;
}

/** What a room may know. */
export interface Room {
  readonly floor: number;
  readonly is: string;
  readonly pure: boolean;
  readonly imports: readonly string[];
  readonly types: readonly string[];
  readonly files: number;
}

const FILES = 10;

/*
 * Each folder of lib/ with a door. `npm run docs:rooms` writes the table in docs/architecture.md from it.
 *
 * 1 system · 2 address, text · 3 attempt · 4 protocol/*, journal · 5 policy · 6 audit
 * 7 users, relay, probe, outbox, config, repository, proxy, review · 8 app · 9 cli
 */
const ROWS: Readonly<Record<string, Row>> = {
  // Floor 1, which every room stands on: see `underfoot`
  system: { floor: 1, is: 'what every room needs of the operating system: errors, durable files, deadlines, reads' },
  'system/values': { floor: 1, pure: true, is: 'operations on plain values: days, counts, objects' },

  // Floor 2
  address: { floor: 2, pure: true, is: 'names, addresses, ranges, authorities, the IANA special-purpose blocks' },
  text: { floor: 2, pure: true, is: 'YAML without surprises, its shape, and every problem with its position' },

  // Floor 3
  attempt: { floor: 3, pure: true, is: 'the nouns of one try to get out', types: 'address' },

  // Floor 4
  protocol: { floor: 4, pure: true, is: 'the results of protocol readers, and a reader of numbers and vectors' },
  'protocol/http': {
    floor: 4,
    pure: true,
    is: 'HTTP/1 bytes to facts and back, strictly',
    imports: 'address protocol',
  },
  'protocol/tls': {
    floor: 4,
    pure: true,
    is: 'a TLS hello, and the messages of a handshake before it is encrypted',
    imports: 'address protocol',
  },
  'protocol/halibut': {
    floor: 4,
    pure: true,
    is: 'whose certificates a TLS handshake shows, and whether that is proven',
    imports: 'protocol protocol/tls',
    types: 'attempt',
  },
  'protocol/dns': {
    floor: 4,
    pure: true,
    is: 'questions to DNS servers as bytes, and replies to addresses and aliases',
    imports: 'address',
  },
  'protocol/ssh': {
    floor: 4,
    pure: true,
    is: "SSH's transport up to the host key, and the messages tidegate sends in it",
    imports: 'protocol',
    types: 'attempt',
  },
  dns: {
    floor: 4,
    is: 'DNS servers asked in their order; knows nothing of policy',
    imports: 'system protocol/dns',
    types: 'address',
  },
  journal: {
    floor: 4,
    is: 'an append-only durable log with a hash chain; knows nothing of proxies',
    imports:
      'journal/bytes journal/disk journal/lines journal/proof journal/recovery journal/retention journal/verify journal/writer',
  },
  'journal/bytes': { floor: 4, is: 'the bytes of a segment, plain or compressed' },
  'journal/lines': { floor: 4, is: 'the format and its readers; changes no file', imports: 'journal/bytes' },
  'journal/proof': { floor: 4, is: 'the tree over the lines, signed notes, keys and their files' },
  'journal/verify': {
    floor: 4,
    is: 'whether a journal is what was written, and what that proves',
    imports: 'journal/bytes journal/lines journal/proof',
  },
  'journal/disk': { floor: 4, is: 'every change to files, the reserve, and the lock' },
  'journal/writer': {
    floor: 4,
    is: 'entries to lines on disk, in batches, each with a receipt',
    imports: 'journal/disk journal/lines journal/proof',
  },
  'journal/recovery': {
    floor: 4,
    is: 'what a crash, or damage, left at the end; the tree from which writing goes on',
    imports: 'journal/bytes journal/disk journal/lines journal/proof',
  },
  'journal/retention': {
    floor: 4,
    is: 'closed segments: compressed, and removed when they need not be kept',
    imports: 'journal/bytes journal/disk journal/lines',
  },

  // Floor 5
  policy: {
    floor: 5,
    pure: true,
    is: 'the language, its checker, the judge, the explainer; a door only',
    imports:
      'text policy/values policy/language policy/traffic policy/set policy/judge policy/log-in policy/explain ' +
      'policy/cases',
  },
  'policy/values': {
    floor: 5,
    pure: true,
    is: 'the single values of the language: hosts, ranges, ports, paths, pins',
    imports: 'address protocol/halibut protocol/http protocol/ssh text',
  },
  'policy/language': {
    floor: 5,
    pure: true,
    is: 'policy files to checked, linked documents',
    imports: 'text policy/values',
    types: 'address protocol/ssh',
  },
  'policy/traffic': {
    floor: 5,
    pure: true,
    is: 'what was seen inside a tunnel, held against one rule',
    imports: 'address',
    types: 'attempt protocol/ssh policy/language',
  },
  'policy/set': {
    floor: 5,
    pure: true,
    is: 'documents compiled to tables, in slices that can cross threads',
    imports: 'address',
    types: 'attempt policy/language policy/traffic policy/values',
  },
  'policy/judge': {
    floor: 5,
    pure: true,
    is: 'what a rule is asked, the verdicts, and the tokens',
    imports: 'address policy/set policy/traffic policy/values',
    types: 'attempt policy/language',
  },
  'policy/log-in': {
    floor: 5,
    pure: true,
    is: 'whether a log-in would help a client without a user',
    imports: 'address policy/judge policy/set',
    types: 'attempt',
  },
  'policy/explain': {
    floor: 5,
    pure: true,
    is: "the judge's answers, rule by rule and fact by fact",
    imports: 'address policy/judge policy/log-in policy/set policy/traffic policy/values',
    types: 'attempt policy/language',
  },
  'policy/cases': {
    floor: 5,
    pure: true,
    is: 'a policy set proved by examples, and its self-test',
    imports: 'address text policy/judge policy/values',
    types: 'attempt protocol/ssh policy/language policy/set',
  },

  // Floor 6
  audit: {
    floor: 6,
    pure: true,
    is: 'the records of the audit trail, and how they are written',
    imports: 'address attempt policy audit/fields',
  },
  'audit/fields': { floor: 6, pure: true, is: 'every field of every record, in one table', types: 'attempt policy' },
  'audit/formats': { floor: 6, pure: true, is: 'the same records in ECS, OCSF and CEF', imports: 'address audit' },

  // Floor 7
  users: { floor: 7, is: 'who may use the proxy, and whether a password is right', imports: 'text' },
  relay: { floor: 7, is: 'two sockets, bytes both ways', types: 'policy' },
  probe: {
    floor: 7,
    is: 'handshakes over a given connection, and a memory of what they showed',
    imports: 'protocol/ssh proxy/socket',
    types: 'address attempt',
  },
  outbox: {
    floor: 7,
    is: 'records to sinks, at least once and in order; signed checkpoints to anchors',
    imports: 'address dns journal outbox/anchors outbox/delivery outbox/feed outbox/receivers outbox/sinks',
  },
  'outbox/anchors': {
    floor: 7,
    is: 'the newest signed checkpoint kept elsewhere',
    imports: 'outbox/delivery outbox/sinks',
    types: 'outbox/receivers',
  },
  'outbox/delivery': {
    floor: 7,
    is: 'records sent until a receiver has them, and what was reached kept in a file',
    imports: 'outbox/receivers',
    types: 'outbox/sinks',
  },
  'outbox/feed': {
    floor: 7,
    is: 'the journal read from a cursor, in batches',
    imports: 'journal outbox/delivery',
    types: 'outbox/sinks',
  },
  'outbox/receivers': {
    floor: 7,
    is: 'bytes to HTTP, syslog, file and winston receivers, and whether they took them',
    imports: 'outbox/rotating-file',
  },
  'outbox/rotating-file': { floor: 7, is: 'a log file of bounded size, with a bounded number of older ones' },
  'outbox/sinks': {
    floor: 7,
    is: 'the kinds of sink, and how each confirms that it has the records',
    imports: 'outbox/receivers',
  },
  config: {
    floor: 7,
    is: 'flags, environment and file into one value, or all its problems',
    imports: 'system text address',
    types: 'outbox',
  },
  repository: { floor: 7, is: 'the policy set in force, from a source of policy files', imports: 'text policy' },
  proxy: {
    floor: 7,
    is: 'the journey of one attempt',
    imports:
      'system system/values address attempt protocol/http policy proxy/attempt-log proxy/decision proxy/forward ' +
      'proxy/gone-peers proxy/inspect proxy/limits proxy/listening proxy/refusal proxy/registry proxy/socket proxy/upstream',
    types: 'journal relay',
    files: 13,
  },
  'proxy/limits': {
    floor: 7,
    is: 'how many connections a client, and all together, may have; which limits are reached',
  },
  'proxy/listening': {
    floor: 7,
    is: 'the sockets that clients connect to, and whether a destination is one of them',
    imports: 'system address relay',
    types: 'policy',
  },
  'proxy/socket': {
    floor: 7,
    is: 'a socket that is read on request, and the events that end a wait for it',
    imports: 'relay',
    types: 'protocol',
  },
  'proxy/forward': {
    floor: 7,
    is: 'one plain HTTP request sent to its origin, and its response to the client',
    imports: 'protocol/http proxy/refusal proxy/socket',
    types: 'audit policy proxy/attempt-log proxy/registry proxy/upstream',
  },
  'proxy/gone-peers': {
    floor: 7,
    is: 'peers that have gone without Node noticing',
    imports: 'system address proxy/registry',
  },
  'proxy/decision': {
    floor: 7,
    is: 'the tokens that only the journal gives: for the look-up and for the dial',
    imports: 'audit',
    types: 'journal policy',
  },
  'proxy/registry': {
    floor: 7,
    pure: true,
    is: 'what is under way: connections, passing traffic, records on their way to the disk',
    types: 'address attempt policy',
  },
  'proxy/inspect': {
    floor: 7,
    is: 'hellos, certificates and host keys inside tunnels, with probes where TLS or SSH hides them',
    imports: 'protocol/ssh protocol/tls protocol/halibut probe proxy/decision proxy/socket proxy/upstream',
    types: 'address attempt protocol policy',
  },
  'proxy/attempt-log': {
    floor: 7,
    is: 'the log of one attempt: its records, each written at most once',
    imports: 'system attempt audit proxy/decision proxy/refusal',
    types: 'journal policy proxy/registry proxy/upstream',
  },
  'proxy/refusal': { floor: 7, is: 'every way to refuse', types: 'audit policy' },
  'proxy/upstream': {
    floor: 7,
    is: 'look-up and dial, with the tokens they take',
    imports: 'system address dns relay proxy/decision proxy/refusal',
    types: 'policy audit proxy/socket',
  },
  review: {
    floor: 7,
    is: 'queries over the audit trail',
    imports: 'address text attempt journal policy audit review/filter review/records review/trail',
  },
  'review/filter': { floor: 7, pure: true, is: 'which attempts a filter selects', imports: 'address audit' },
  'review/records': {
    floor: 7,
    is: 'lines of the trail as records: whole, or joined into rows',
    imports: 'journal audit review/filter review/trail',
  },
  'review/trail': {
    floor: 7,
    is: 'the interface of a store of records, and a journal folder as one',
    imports: 'journal',
  },

  // Floor 8
  'app/terminal': { floor: 8, pure: true, is: 'text as it is shown: colours, no control characters' },
  'app/product': { floor: 8, is: 'the version of tidegate, and what ships with it' },
  'app/log': {
    floor: 8,
    is: "the operator's log",
    imports: 'outbox/receivers app/terminal',
    types: 'config proxy',
  },
  'app/facts': {
    floor: 8,
    is: 'what a running instance knows of itself, as one value',
    imports: 'text config policy app/product',
    types: 'journal users outbox repository proxy app/log',
  },
  'app/status': {
    floor: 8,
    is: 'the facts as JSON, through a socket in the state folder',
    imports: 'policy',
    types: 'outbox app/facts',
  },
  'app/tunnels': {
    floor: 8,
    is: 'what is open, listed and ended on request through the status socket',
    imports: 'attempt review app/status',
    types: 'audit proxy',
  },
  'app/metrics': { floor: 8, is: 'the facts as numbers for Prometheus, and health', types: 'outbox app/facts' },
  'app/context': {
    floor: 8,
    is: 'what the parts of an instance share, and how a start fails',
    imports: 'audit',
    types: 'journal config app/log',
  },
  'app/parts': {
    floor: 8,
    is: 'the parts of an instance, each opened from the configuration',
    imports:
      'text journal policy audit/formats users outbox config repository proxy relay ' +
      'app/context app/metrics app/product',
    types: 'app/facts app/log',
  },
  'app/instance': {
    floor: 8,
    is: 'the proxy as a process: parts wired, signals, start and end',
    imports: 'config review outbox app/context app/facts app/log app/parts app/product app/status app/tunnels',
    types: 'journal app/terminal',
  },

  // Floor 9
  cli: {
    floor: 9,
    is: 'commands: each reads its options, calls a room, prints, and gives an exit code',
    imports:
      'app/product cli/audit cli/config cli/console cli/doctor cli/policy cli/probe cli/run cli/status cli/tunnels cli/user',
  },
  'cli/console': {
    floor: 9,
    is: 'what commands share: declaration, options, output, exit codes',
    imports: 'text config app/product cli/console/output',
  },
  'cli/console/output': {
    floor: 9,
    is: 'what commands print, and whether all of it arrived',
    imports: 'app/terminal',
  },
  'cli/run': {
    floor: 9,
    is: 'the proxy in the foreground',
    imports: 'config app/facts app/instance app/product cli/console',
    types: 'policy proxy app/context',
  },
  'cli/status': { floor: 9, is: 'the state of the running instance', imports: 'app/status app/terminal cli/console' },
  'cli/tunnels': {
    floor: 9,
    is: 'what is open in the running instance: listed, watched, and ended',
    imports: 'app/terminal app/tunnels cli/console',
  },
  'cli/doctor': {
    floor: 9,
    is: 'an installation examined',
    imports:
      'text address config journal proxy repository app/product app/status app/terminal ' +
      'cli/console cli/doctor/checks cli/doctor/live-checks',
  },
  'cli/doctor/live-checks': {
    floor: 9,
    is: 'checks that ask the running proxy',
    imports:
      'address policy config proxy app/product app/terminal cli/console cli/policy cli/proxy-client cli/doctor/checks',
    types: 'attempt repository',
  },
  'cli/doctor/checks': {
    floor: 9,
    is: 'checks of what the installation stands on',
    imports: 'text policy users outbox app/facts app/instance app/terminal cli/console',
    types: 'journal config proxy repository app/status',
  },
  'cli/proxy-client': {
    floor: 9,
    is: 'where the running proxy listens, and one CONNECT to it',
    types: 'config app/status cli/console',
  },
  'cli/policy': {
    floor: 9,
    is: 'policies checked, tested and explained',
    imports: 'address protocol/http attempt policy config repository proxy app/terminal cli/console',
  },
  'cli/probe': {
    floor: 9,
    is: "a destination's identity, through the running proxy",
    imports: 'address text config probe app/status app/terminal cli/console cli/proxy-client',
  },
  'cli/audit': {
    floor: 9,
    is: 'the audit trail read; keys, gaps',
    imports:
      'address journal policy audit repository review app/terminal ' +
      'cli/console cli/audit/export cli/audit/trail cli/audit/verify',
    types: 'attempt',
  },
  'cli/audit/trail': {
    floor: 9,
    is: 'options that select attempts, and the journal',
    imports: 'journal review cli/console',
  },
  'cli/audit/verify': {
    floor: 9,
    is: 'a journal verified, in a report for auditors',
    imports: 'journal cli/console cli/audit/trail',
  },
  'cli/audit/export': {
    floor: 9,
    is: 'records written in other formats',
    imports: 'journal audit/formats review app/product app/terminal cli/console cli/audit/trail',
  },
  'cli/user': { floor: 9, is: 'the users file', imports: 'text users cli/console' },
  'cli/config': { floor: 9, is: 'the effective configuration', imports: 'cli/console' },
};

/** The rooms of the house, and what each may know. */
export const ROOMS: Readonly<Record<string, Room>> = Object.fromEntries(
  Object.entries(ROWS).map(([room, { floor, is, pure = false, imports = '', types = '', files = FILES }]) => [
    room,
    {
      floor,
      is,
      pure,
      imports: [...underfoot(room, pure), ...words(imports)],
      types: words(types),
      files,
    },
  ]),
);

/** The room that a file belongs to, or `'none'`: the deepest folder that the table names. */
export function roomOf(path: string, rooms: Readonly<Record<string, Room>> = ROOMS): string {
  const within = Object.keys(rooms).filter((room) => path.startsWith(`lib/${room}/`));
  return within.sort((a, b) => b.length - a.length)[0] ?? 'none';
}

/** Whether a room is another one, or lies inside it. */
export function isWithin(room: string, outer: string): boolean {
  return room === outer || room.startsWith(`${outer}/`);
}

/** The rooms that every other may import without a word: the lowest floor, of which pure rooms have only the pure part. */
function underfoot(room: string, pure: boolean): string[] {
  if (isWithin(room, 'system')) return [];
  return pure ? ['system/values'] : ['system/values', 'system'];
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
