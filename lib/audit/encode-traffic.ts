import type { Observation, SshTraffic, TlsTraffic } from '../attempt/index.js';
import type { Check, RuleRef } from '../policy/index.js';
import type { CheckContent, WrittenClose } from './fields.js';
import { CHARACTERS, ITEMS, cut, cutOrNull } from './limits.js';
import type { CloseRecord } from './record.js';
import type { trafficFields } from './traffic-fields.js';
import { DENIAL_REASONS } from './vocabulary.js';

type Traffic = Pick<WrittenClose, keyof typeof trafficFields>;
type Verification = Pick<Traffic, 'cleared_by' | 'would_deny' | 'judged_by' | 'checks'>;
type Seen = Omit<Traffic, keyof Verification>;

/** Gives the part of a close's content that says what was seen of a tunnel's traffic, and how it was judged. */
export function encodeTraffic(record: CloseRecord): Traffic {
  return { ...encodeSeen(record.observation), ...encodeJudged(record) };
}

const NOTHING_SEEN: Seen = {
  server_name: null,
  alpn: null,
  tls_offered: null,
  tls_version: null,
  encrypted_hello: null,
  software_version: null,
  server_software_version: null,
  key_exchange: null,
  host_key_type: null,
  server_shown: null,
  client_shown: null,
};

function encodeSeen(observation: Observation | 'not_reached'): Seen {
  if (observation === 'not_reached') return NOTHING_SEEN;
  switch (observation.protocol) {
    case 'tls':
      return encodeTls(observation);
    case 'ssh':
      return encodeSsh(observation);
    default:
      return NOTHING_SEEN;
  }
}

function encodeTls({ serverName, alpn, offered, version, encryptedHello, server, client }: TlsTraffic): Seen {
  return {
    ...NOTHING_SEEN,
    server_name: serverName === 'none' ? null : serverName,
    alpn: alpn.slice(0, ITEMS.alpn).map((name) => cut(name, CHARACTERS.alpn)),
    tls_offered: offered.slice(0, ITEMS.tlsOffered).map((name) => cut(name, CHARACTERS.tlsVersion)),
    tls_version: version === 'not_reached' ? null : cut(version, CHARACTERS.tlsVersion),
    encrypted_hello: encryptedHello,
    server_shown: server.kind,
    client_shown: client.kind,
  };
}

function encodeSsh({ softwareVersion, serverSoftwareVersion, keyExchange, server }: SshTraffic): Seen {
  return {
    ...NOTHING_SEEN,
    software_version: cut(softwareVersion, CHARACTERS.softwareVersion),
    server_software_version:
      serverSoftwareVersion === 'not_reached' ? null : cut(serverSoftwareVersion, CHARACTERS.softwareVersion),
    key_exchange: keyExchange === 'not_reached' ? null : cut(keyExchange, CHARACTERS.keyExchange),
    host_key_type: 'identity' in server ? cut(server.identity.type, CHARACTERS.keyType) : null,
    server_shown: server.kind,
  };
}

const NOT_JUDGED: Verification = { cleared_by: null, would_deny: null, judged_by: null, checks: null };

function encodeJudged({ judged, endedBy }: CloseRecord): Verification {
  if (judged === 'not_reached') return NOT_JUDGED;
  const { rule, checks, wouldDeny } = judged;
  const denied = Object.hasOwn(DENIAL_REASONS, endedBy);
  return {
    cleared_by: rule === 'none' || denied ? null : `${rule.policy}/${rule.id}`,
    would_deny: wouldDeny,
    judged_by: rule === 'none' ? null : encodeRule(rule),
    checks: checks.slice(0, ITEMS.checks).map(encodeCheck),
  };
}

function encodeCheck({ fact, expected, seen, outcome, detail }: Check): CheckContent {
  return {
    fact,
    expected: expected.slice(0, ITEMS.expected).map((text) => cut(text, CHARACTERS.expected)),
    expected_count: expected.length,
    seen: seen === 'none' ? null : cut(seen, CHARACTERS.seen),
    outcome,
    detail: cutOrNull(detail, CHARACTERS.checkDetail),
  };
}

/** Picks the four names: a caller's rule is often a larger, compiled thing. */
export function encodeRule({ policy, id, file, line }: RuleRef): NonNullable<Traffic['judged_by']> {
  return { policy, id, file: cut(file, CHARACTERS.file), line };
}
