/** One row of the table of rooms. */
export interface Room {
  /** No sockets, files, clock or randomness: time and bytes come as arguments. */
  readonly pure: boolean;
  /** Rooms it may import, by their doors. */
  readonly imports: readonly string[];
  /** Rooms of which it may import types only. */
  readonly types: readonly string[];
  /** How many files it may hold. */
  readonly files: number;
}

const FILES = 10;

function pure(...imports: readonly string[]): Room {
  return { pure: true, imports, types: [], files: FILES };
}

function working(...imports: readonly string[]): Room {
  return { pure: false, imports, types: [], files: FILES };
}

/** The rooms of the house: each folder in lib/ with a door, and what it may know. `docs/architecture.md` explains the floors. */
export const ROOMS: Readonly<Record<string, Room>> = {
  address: pure(),
  text: pure(),
  protocol: pure(),
  'protocol/http': pure('address'),
  'protocol/tls': { ...pure('address'), types: ['protocol'] },
  'protocol/halibut': { ...pure('protocol/tls'), types: ['protocol', 'attempt'] },
  'protocol/ssh': { ...pure(), types: ['protocol', 'attempt'] },
  journal: {
    ...working(
      ...['journal/disk', 'journal/lines', 'journal/proof', 'journal/mending', 'journal/upkeep', 'journal/verify'],
    ),
    files: 11,
  },
  'journal/disk': working(),
  'journal/lines': working(),
  'journal/proof': working(),
  'journal/verify': working('journal/lines', 'journal/proof'),
  'journal/mending': working('journal/disk', 'journal/lines', 'journal/proof'),
  'journal/upkeep': working('journal/disk', 'journal/lines'),
  attempt: { ...pure(), types: ['address'] },
  policy: { ...pure('address', 'attempt', 'policy/language', 'policy/traffic', 'text'), files: 13 },
  'policy/traffic': {
    ...pure('address', 'policy/language', 'text'),
    types: ['attempt', 'protocol/ssh'],
  },
  'policy/language': pure('address', 'protocol/halibut', 'protocol/ssh', 'text'),
  audit: { ...pure('address', 'attempt', 'policy'), files: 11 },
  'audit/formats': pure('address', 'audit'),
  users: working(),
  config: { ...working('address'), types: ['shipping'], files: 12 },
  repository: working('policy'),
  relay: working(),
  probe: { ...working('protocol/ssh'), types: ['address', 'attempt'] },
  delivery: working(),
  anchor: working('delivery'),
  metrics: working(),
  transports: working(),
  shipping: working('journal', 'delivery', 'shipping/sinks'),
  'shipping/sinks': { ...working('delivery'), types: ['transports'] },
  proxy: {
    ...working(
      ...['address', 'protocol/http', 'attempt', 'policy', 'audit', 'relay'],
      ...['proxy/wire', 'proxy/refusal', 'proxy/upstream', 'proxy/presence', 'proxy/inspect', 'proxy/trip'],
    ),
    types: ['journal', 'users'],
    files: 15,
  },
  'proxy/wire': working('protocol/http', 'relay'),
  'proxy/presence': pure(),
  'proxy/inspect': {
    ...working('protocol/ssh', 'protocol/tls', 'protocol/halibut', 'probe', 'proxy/wire', 'proxy/upstream'),
    types: ['address', 'protocol', 'attempt', 'policy'],
    files: 12,
  },
  'proxy/trip': {
    ...working('audit', 'proxy/refusal', 'proxy/upstream'),
    types: ['attempt', 'journal', 'policy', 'proxy/presence'],
  },
  'proxy/refusal': { ...working(), types: ['audit', 'policy'] },
  'proxy/upstream': {
    ...working('address', 'relay', 'proxy/refusal', 'proxy/wire'),
    types: ['audit', 'journal', 'policy'],
  },
  review: working('address', 'audit', 'journal', 'policy', 'review/filter', 'review/records'),
  'review/records': working('audit', 'journal', 'review/filter'),
  'review/filter': pure('address', 'audit'),
  cli: working(
    ...['address', 'protocol/http', 'journal', 'attempt', 'policy', 'audit', 'users', 'config', 'repository', 'relay'],
    'audit/formats',
    ...[
      'proxy',
      'review',
      'cli/audit',
      'cli/console',
      'cli/doctor',
      'cli/export',
      'cli/policy',
      'cli/probe',
      'cli/question',
      'cli/running',
      'cli/status',
    ],
  ),
  'cli/audit': working('journal', 'config', 'cli/console'),
  'cli/console': working('config'),
  'cli/question': working('review', 'cli/console'),
  'cli/doctor': working(
    ...['address', 'config', 'journal', 'proxy', 'repository', 'cli/console', 'cli/status'],
    ...['cli/doctor/asking', 'cli/doctor/checks'],
  ),
  'cli/doctor/asking': {
    ...working(
      ...['address', 'protocol/http', 'policy', 'config', 'proxy', 'cli/console', 'cli/policy', 'cli/doctor/checks'],
    ),
    types: ['attempt', 'repository'],
  },
  'cli/doctor/checks': {
    ...working('policy', 'users', 'delivery', 'cli/console', 'cli/running'),
    types: ['config', 'journal', 'proxy', 'repository', 'cli/status'],
  },
  'cli/export': working('audit/formats', 'journal', 'review', 'cli/console', 'cli/question'),
  'cli/log': { ...working('config', 'transports', 'cli/console'), types: ['proxy'] },
  'cli/policy': working(
    ...['address', 'protocol/http', 'attempt', 'policy', 'config', 'repository', 'proxy', 'cli/console'],
  ),
  'cli/metrics': { ...working(), types: ['anchor', 'journal', 'metrics', 'proxy', 'repository', 'shipping'] },
  'cli/probe': working('address', 'config', 'probe', 'cli/console', 'cli/status'),
  'cli/status': working(),
  'cli/running': {
    ...working(
      ...['journal', 'policy', 'audit', 'users', 'config', 'repository', 'proxy', 'review'],
      ...['audit/formats', 'delivery', 'transports', 'shipping', 'anchor', 'metrics'],
      ...['cli/console', 'cli/log', 'cli/metrics', 'cli/status'],
    ),
    files: 12,
  },
};

/** The room that a file belongs to, or `'none'`: the deepest folder that the table names. */
export function roomOf(path: string, rooms: Readonly<Record<string, Room>> = ROOMS): string {
  const within = Object.keys(rooms).filter((room) => path.startsWith(`lib/${room}/`));
  return within.sort((a, b) => b.length - a.length)[0] ?? 'none';
}
