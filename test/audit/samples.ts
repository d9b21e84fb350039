import {
  parseAddress,
  parseAuthority,
  parsePort,
  type Destination,
  type IpAddress,
  type Port,
} from '../../lib/address/index.js';
import type { SshTraffic, TlsTraffic } from '../../lib/attempt/index.js';
import type { AuditRecord, CloseRecord, DecisionRecord, Resolved } from '../../lib/audit/index.js';
import type { Check, RuleRef } from '../../lib/policy/index.js';

function parsed<T>(answer: { readonly kind: 'parsed'; readonly value: T } | { readonly kind: 'malformed' }): T {
  if (answer.kind === 'malformed') throw new Error('a sample does not parse');
  return answer.value;
}

export const address = (text: string): IpAddress => parsed(parseAddress(text));
export const port = (number: number): Port => parsed(parsePort(String(number)));
export const destination = (text: string): Destination => parsed(parseAuthority(text));

export const FEEDS: RuleRef = { policy: 'production', id: 'feeds', file: 'production.yaml', line: 12 };
export const METADATA: RuleRef = { policy: 'baseline', id: 'metadata', file: 'baseline.yaml', line: 4 };
const WEB: RuleRef = { policy: 'web', id: 'servers', file: 'teams/web.yaml', line: 7 };

const RESOLVED: Resolved = { addresses: [address('93.184.216.34')], aliases: [], dropped: [] };

export const DECISION: DecisionRecord = {
  kind: 'decision',
  id: '0199d1f0-8a00-7000-8000-000000000001',
  receivedAt: new Date('2026-11-23T10:20:30.456Z'),
  client: {
    ip: address('10.20.0.5'),
    port: port(51234),
    identity: { kind: 'basic', user: 'spaces-1.production' },
  },
  claimedUserHash: 'none',
  destination: destination('any.nuget.org:443'),
  intent: { kind: 'tunnel' },
  recordPath: false,
  resolved: RESOLVED,
  verdict: { kind: 'allowed', rules: [FEEDS], protocol: 'tls', wouldDeny: 'none' },
  revision: 'sha256:5f0c',
  status: 'none',
};

export const CLOSE: CloseRecord = {
  kind: 'close',
  id: DECISION.id,
  verdict: 'allowed',
  reason: 'rule_holds',
  dialled: { address: address('93.184.216.34'), port: 443, reused: false },
  observation: { protocol: 'not_checked' },
  judged: 'not_reached',
  status: 200,
  bytesOut: 1520,
  bytesIn: 48_211,
  durationMs: 912,
  endedBy: 'client',
  detail: '',
};

const nearest = [{ rule: WEB, failed: 'port_not_allowed' }] as const;
const atNetwork = { ...DECISION.client, identity: { kind: 'network' } } as const;
const serverName = destination('any.nuget.org:443').host;

/** What a TLS hello shows when nothing after it was looked at. */
const HELLO = {
  offered: ['TLSv1.3', 'TLSv1.2'],
  encryptedHello: false,
  version: 'not_reached',
  server: { kind: 'not_reached' },
  client: { kind: 'not_reached' },
} as const;

export const THUMBPRINT = '9E393D93138888D288266C2D915214D1D1CCEB2A';
export const CLIENT_THUMBPRINT = '0F76C7F2C55BFD7D8E8B8F4BFBF0C9EC4F1A2B3C';
export const HOST_KEY = 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU';
export const LINUX: RuleRef = { policy: 'production', id: 'linux', file: 'production.yaml', line: 30 };
export const TENTACLES: RuleRef = { policy: 'production', id: 'tentacles', file: 'production.yaml', line: 21 };

const times = { notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) };

/** A Tentacle over TLS 1.2 whose two certificates were seen with their signatures. */
export const TENTACLE_TRAFFIC: TlsTraffic = {
  protocol: 'tls',
  serverName: 'none',
  alpn: [],
  offered: ['TLSv1.2'],
  encryptedHello: false,
  version: 'TLSv1.2',
  server: { kind: 'proven', identity: { thumbprint: THUMBPRINT, ...times } },
  client: { kind: 'proven', identity: { thumbprint: CLIENT_THUMBPRINT, ...times } },
};

export const THUMBPRINT_CHECK: Check = {
  fact: 'thumbprint',
  expected: [THUMBPRINT],
  seen: THUMBPRINT,
  outcome: 'verified',
  detail: 'holds until 2035-01-01',
};

export const CLIENT_CHECK: Check = {
  fact: 'client_thumbprint',
  expected: [],
  seen: CLIENT_THUMBPRINT,
  outcome: 'not_checked',
  detail: '',
};

/** An SSH server that claims a host key. */
export const SSH_TRAFFIC: SshTraffic = {
  protocol: 'ssh',
  softwareVersion: 'SSH.NET_2020.0.2',
  serverSoftwareVersion: 'OpenSSH_9.2p1',
  keyExchange: 'curve25519-sha256',
  server: {
    kind: 'claimed',
    identity: { type: 'ssh-ed25519', sha256: HOST_KEY, md5: 'MD5:00', certificate: 'none' },
    probe: 'not_made',
  },
};

export const HOST_KEY_CHECK: Check = {
  fact: 'host_key',
  expected: ['SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDVdGFM+dJJw3BLT24'],
  seen: HOST_KEY,
  outcome: 'mismatch',
  detail: 'ssh-ed25519',
};

/** One record of every kind and verdict, by the sentence that tells what happened. */
export const SAMPLES: Readonly<Record<string, AuditRecord>> = {
  'a tunnel is allowed by a rule': DECISION,
  'a request is allowed by three rules, one of which looks at paths': {
    ...DECISION,
    destination: destination('mirror.corp.example:80'),
    intent: { kind: 'forward', method: 'GET', path: '/debian/dists' },
    recordPath: true,
    resolved: {
      addresses: [address('10.30.0.7'), address('2001:db8::7')],
      aliases: ['mirror-1.corp.example'],
      dropped: [{ address: address('2001:db8::7'), reason: 'special_purpose' }],
    },
    verdict: { kind: 'allowed', rules: [FEEDS, METADATA, WEB], protocol: 'http', wouldDeny: 'none' },
  },
  'a request is allowed, and no rule looks at its path': {
    ...DECISION,
    destination: destination('mirror.corp.example:80'),
    intent: { kind: 'forward', method: 'POST', path: '/upload' },
    verdict: { kind: 'allowed', rules: [FEEDS], protocol: 'http', wouldDeny: 'none' },
  },
  'an observed client gets what would be denied': {
    ...DECISION,
    client: atNetwork,
    verdict: {
      kind: 'allowed',
      rules: [],
      protocol: 'any',
      wouldDeny: { reason: 'port_not_allowed', nearest },
    },
  },
  'a destination on a deny list is denied': {
    ...DECISION,
    destination: destination('169.254.169.254:80'),
    intent: { kind: 'forward', method: 'GET', path: '/latest/meta-data' },
    resolved: 'not_reached',
    verdict: { kind: 'denied', reason: 'destination_denied', rule: METADATA, nearest: [] },
    status: 403,
  },
  'an IPv6 destination without a near rule is denied': {
    ...DECISION,
    destination: destination('[2001:db8::5]:22'),
    resolved: 'not_reached',
    verdict: { kind: 'denied', reason: 'destination_not_allowed', rule: 'none', nearest: [] },
    status: 403,
  },
  'a name that leads to a private address is denied': {
    ...DECISION,
    resolved: {
      addresses: [address('10.0.0.1')],
      aliases: 'not_visible',
      dropped: [{ address: address('10.0.0.1'), reason: 'address_not_allowed' }],
    },
    verdict: { kind: 'denied', reason: 'address_not_allowed', rule: FEEDS, nearest },
    status: 403,
  },
  'a malformed request is refused': {
    ...DECISION,
    client: atNetwork,
    destination: 'unparsed',
    intent: 'unparsed',
    resolved: 'not_reached',
    verdict: {
      kind: 'refused',
      reason: 'malformed',
      rule: 'H7',
      detail: 'the request line is not method, target, version',
    },
    status: 400,
  },
  'a wrong password is refused': {
    ...DECISION,
    client: atNetwork,
    claimedUserHash: 'k1:9b2f6c',
    resolved: 'not_reached',
    verdict: { kind: 'refused', reason: 'credentials_rejected' },
    status: 407,
  },
  'a name that does not exist fails': {
    ...DECISION,
    resolved: 'not_reached',
    verdict: {
      kind: 'failed',
      code: 'destination_not_found',
      detail: 'A: ENOTFOUND, AAAA: ENOTFOUND',
      wouldDeny: 'none',
    },
    status: 503,
  },
  'a name that only observing lets through does not exist': {
    ...DECISION,
    resolved: 'not_reached',
    verdict: {
      kind: 'failed',
      code: 'destination_not_found',
      detail: 'A: ENOTFOUND, AAAA: ENOTFOUND',
      wouldDeny: { reason: 'port_not_allowed', nearest },
    },
    status: 503,
  },
  'a tunnel is closed by its client': CLOSE,
  'a dial fails': {
    ...CLOSE,
    verdict: 'failed',
    reason: 'connection_refused',
    dialled: 'not_reached',
    observation: 'not_reached',
    status: 503,
    bytesOut: 0,
    bytesIn: 0,
    endedBy: 'connection_refused',
    detail: '93.184.216.34: ECONNREFUSED',
  },
  'a TLS tunnel is ended by a policy change': {
    ...CLOSE,
    observation: {
      protocol: 'tls',
      serverName: serverName.kind === 'name' ? serverName.name : 'none',
      alpn: ['h2', 'http/1.1'],
      ...HELLO,
    },
    endedBy: 'policy_change',
  },
  'a TLS tunnel names no server': {
    ...CLOSE,
    observation: { protocol: 'tls', serverName: 'none', alpn: [], ...HELLO },
  },
  'an SSH tunnel is closed by its destination': {
    ...CLOSE,
    observation: {
      protocol: 'ssh',
      softwareVersion: 'OpenSSH_9.6',
      serverSoftwareVersion: 'not_reached',
      keyExchange: 'not_reached',
      server: { kind: 'not_reached' },
    },
    endedBy: 'destination',
  },
  'a Tentacle is verified, and its client is noted': {
    ...CLOSE,
    observation: TENTACLE_TRAFFIC,
    judged: { rule: TENTACLES, checks: [THUMBPRINT_CHECK, CLIENT_CHECK], wouldDeny: 'none' },
  },
  'a Tentacle that the tunnel hides is probed': {
    ...CLOSE,
    observation: {
      ...TENTACLE_TRAFFIC,
      offered: ['TLSv1.3', 'TLSv1.2'],
      version: 'TLSv1.3',
      server: { kind: 'probed', identity: { thumbprint: THUMBPRINT, ...times } },
      client: { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' },
    },
    judged: {
      rule: TENTACLES,
      checks: [
        { ...THUMBPRINT_CHECK, outcome: 'probed' },
        { ...CLIENT_CHECK, seen: 'none', detail: 'TLS 1.3 hides it' },
      ],
      wouldDeny: 'none',
    },
  },
  'a changed SSH host key is denied': {
    ...CLOSE,
    verdict: 'denied',
    reason: 'host_key_mismatch',
    observation: SSH_TRAFFIC,
    judged: { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'none' },
    endedBy: 'host_key_mismatch',
    detail: 'the host key is not one that the rule lists',
  },
  'a changed SSH host key is observed': {
    ...CLOSE,
    reason: 'observed',
    observation: SSH_TRAFFIC,
    judged: { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'host_key_mismatch' },
  },
  'a request is answered whole over a kept connection': {
    ...CLOSE,
    dialled: { address: address('10.30.0.7'), port: 80, reused: true },
    observation: { protocol: 'http', method: 'GET', path: '/debian/dists' },
    endedBy: 'complete',
  },
  'an attempt is closed after a crash': {
    ...CLOSE,
    dialled: 'not_reached',
    observation: 'not_reached',
    status: 'none',
    bytesOut: 'not_visible',
    bytesIn: 'not_visible',
    durationMs: 'not_visible',
    endedBy: 'crash',
  },
  'a long tunnel goes on': {
    kind: 'progress',
    id: DECISION.id,
    bytesOut: 9_000_000_000,
    bytesIn: 17,
    durationMs: 3_600_000,
  },
  'the first policy is adopted': {
    kind: 'policy',
    outcome: 'adopted',
    revision: 'sha256:5f0c',
    previous: 'none',
    rules: 42,
    problems: [],
  },
  'a broken policy is rejected': {
    kind: 'policy',
    outcome: 'rejected',
    revision: 'sha256:5f0c',
    previous: 'sha256:5f0c',
    rules: 42,
    problems: ['production.yaml:12:5: unknown key "protocl", did you mean "protocol"'],
  },
  'tidegate starts': {
    kind: 'start',
    version: '0.1.0',
    node: 'v20.20.2',
    pid: 4711,
    listeners: ['127.0.0.1:3128'],
    revision: 'sha256:5f0c',
  },
  'tidegate stops': { kind: 'stop', cause: 'SIGTERM', openAttempts: 3, missingEnds: 0 },
  'tidegate stops on a full disk': { kind: 'stop', cause: 'SIGTERM', openAttempts: 3, missingEnds: 2 },
  'tidegate stops and could not read its journal': {
    kind: 'stop',
    cause: 'SIGTERM',
    openAttempts: 0,
    missingEnds: 'not_known',
  },
  'an operator ends tunnels': {
    kind: 'admin',
    action: 'tunnels_cut',
    detail: '2 tunnels cut by alice: incident 4711 (user x)',
  },
  'the users file is read': { kind: 'admin', action: 'users_loaded', detail: '12 users' },
};
