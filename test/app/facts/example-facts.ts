import type { InstanceFacts } from '../../../lib/app/facts/index.js';

const AT = '2026-11-23T10:20:30.456Z';
const fact = { verified: 0, probed: 0, mismatch: 0, not_visible: 0, not_checked: 0 };

/** The facts of an instance in which nothing is wrong, but for what `different` says. */
export function exampleFacts(different: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    version: '1.2.3',
    node: 'v20.20.0',
    pid: 4321,
    started: new Date(AT),
    now: new Date('2026-11-23T10:20:31.456Z'),
    stopping: false,
    listeners: ['127.0.0.1:3128'],
    policies: {
      folder: '/p',
      revision: 'sha256:abc',
      policies: [{ name: 'a', file: 'a.yaml', mode: 'enforce', rules: 2, denies: 0 }],
      rules: 2,
      cases: 0,
      warnings: [],
      adoptedAt: new Date(AT),
      checkedAt: new Date(AT),
      rejected: 'none',
    },
    openProxy: 'none',
    journal: {
      folder: '/j',
      state: {
        ...{ kind: 'writing', seq: 9, segment: 's', bytes: 1 },
        ...{ rotation: { kind: 'working' }, maintenance: { kind: 'working' }, removalHold: 'none' },
      },
    },
    checkpoint: { size: 7, at: new Date(AT) },
    anchors: [{ name: 'vault', state: 'current', accepted: { size: 7, root: 'r', at: AT }, detail: 'none' }],
    sinks: [
      {
        ...{ name: 'siem', state: 'failing', accepted: 'none', lag: { records: 12, ms: 1500 }, error: 'away' },
        ...{ failingMs: 1500, missed: { records: 3, last: 'none' }, refused: 'none', skipped: 1 },
      },
    ],
    users: {
      count: 3,
      challenge: 'on-need',
      problems: [],
      logIns: { verified: 4, remembered: 900, rejected: 3, rate_limited: 2, busy: 1 },
      waiting: 5,
    },
    traffic: {
      connections: { open: 2, largestClient: 1, reached: [], dropped: 15 },
      ...{ openTunnels: 1, cachedNames: 4, gonePeers: { client: 13, destination: 14 } },
      ...{ allowed: 10, denied: 5, refused: 6, failed: 7, unrecorded: 8, wouldDeny: 9 },
      ...{ bytesOut: 100, bytesIn: 200 },
      reasons: {
        denied: { destination_not_allowed: 5 },
        refused: { too_many_from_client: 2, loop: 4 },
        failed: { dns_error: 7 },
      },
      checks: { server_name: { ...fact, mismatch: 1 }, thumbprint: fact, client_thumbprint: fact, host_key: fact },
    },
    limits: { connections: 8000, perClient: 6000, tentacles: 1080, shortage: 'none', cachedNames: 10000 },
    droppedLogLines: 11,
    failingLogs: [],
    degraded: [],
    ...different,
  };
}
