import fc from 'fast-check';
import type { AuditRecord, CloseRecord, DecisionRecord, Verdict } from '../../lib/audit/index.js';
import type { NearMiss, RuleRef } from '../../lib/policy/index.js';
import { formatAttemptId } from '../../lib/attempt/index.js';
import { CLOSE, DECISION, SAMPLES, address, destination, port } from './samples.js';

/** Text as an attacker would write it: line ends, quotes, markup, control characters, lone surrogates, or just very long. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'none',
    'null',
    '__proto__',
    'constructor',
    '"}\n{"verdict":"allowed"',
    '\u0000\u007f',
    '\ud800',
    '<script>',
    '\u202e',
  ),
  fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.repeat(2000)),
);

const addresses = fc.constantFrom(address('93.184.216.34'), address('10.0.0.1'), address('2001:db8::1'));
const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ids = fc.oneof(
  fc.uuid({ version: 7 }),
  fc.tuple(fc.nat(), fc.nat()).map(([time, count]) => formatAttemptId(time, count)),
);
const rules: fc.Arbitrary<RuleRef> = fc.record({
  policy: fc.constantFrom('production', 'p'.repeat(64), 'none'),
  id: fc.constantFrom('feeds', 'i'.repeat(64), 'none'),
  file: hostile,
  line: fc.nat({ max: 100_000 }),
});
const misses: fc.Arbitrary<NearMiss[]> = fc.array(
  fc.record({ rule: rules, failed: fc.constantFrom('port_not_allowed', 'rule_expired') }),
  { maxLength: 12 },
);

const wouldDeny = fc.oneof(
  fc.constant('none' as const),
  fc.record({ reason: fc.constantFrom('destination_not_allowed', 'no_policy'), nearest: misses }),
);

const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({
    kind: fc.constant('allowed'),
    rules: fc.array(rules, { maxLength: 20 }),
    protocol: fc.constantFrom('http', 'tls', 'tentacle', 'ssh', 'any'),
    wouldDeny,
  }),
  fc.record({
    kind: fc.constant('denied'),
    reason: fc.constantFrom('destination_denied', 'own_listener'),
    rule: fc.oneof(fc.constant('none' as const), rules),
    nearest: misses,
  }),
  fc.record({
    kind: fc.constant('refused'),
    reason: fc.constant('malformed'),
    rule: fc.constant('A2'),
    detail: hostile,
  }),
  fc.record({ kind: fc.constant('refused'), reason: fc.constantFrom('loop', 'shutting_down') }),
  fc.record({
    kind: fc.constant('failed'),
    code: fc.constantFrom('dns_error', 'dns_timeout'),
    detail: hostile,
    wouldDeny,
  }),
);

const identities = fc.oneof(
  fc.record({ kind: fc.constant('network') }),
  fc.record({ kind: fc.constant('basic'), user: hostile }),
);

export const decisions: fc.Arbitrary<DecisionRecord> = fc.record({
  kind: fc.constant('decision'),
  id: ids,
  receivedAt: fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }),
  client: fc.record({ ip: addresses, port: fc.constant(port(40_000)), identity: identities }),
  claimedUserHash: fc.constantFrom('none', 'k1:00ff'),
  destination: fc.oneof(
    fc.constant('unparsed' as const),
    fc.constantFrom(destination('none:443'), destination('a.b.example:80'), destination('[2001:db8::5]:22')),
  ),
  intent: fc.oneof(
    fc.constant('unparsed' as const),
    fc.record({ kind: fc.constant('tunnel') }),
    fc.record({ kind: fc.constant('forward'), method: fc.constantFrom('GET', 'PUT'), path: hostile }),
  ),
  recordPath: fc.boolean(),
  resolved: fc.oneof(
    fc.constant('not_reached' as const),
    fc.record({
      addresses: fc.array(addresses, { maxLength: 40 }),
      aliases: fc.oneof(fc.constant('not_visible' as const), fc.array(hostile, { maxLength: 12 })),
      dropped: fc.array(
        fc.record({ address: addresses, reason: fc.constantFrom('special_purpose', 'address_denied') }),
        {
          maxLength: 40,
        },
      ),
    }),
  ),
  verdict: verdicts,
  revision: fc.constant(DECISION.revision),
  status: fc.oneof(fc.constant('none' as const), fc.constantFrom(400, 403, 503)),
});

const judged = fc.record({
  rule: fc.oneof(rules, fc.constant('none' as const)),
  checks: fc.array(
    fc.record({
      fact: fc.constantFrom('server_name', 'thumbprint', 'client_thumbprint', 'host_key'),
      expected: fc.array(hostile, { maxLength: 12 }),
      seen: hostile,
      outcome: fc.constantFrom('verified', 'probed', 'mismatch', 'not_visible', 'not_checked'),
      detail: hostile,
    }),
    { maxLength: 6 },
  ),
  wouldDeny: fc.constantFrom('none', 'thumbprint_mismatch'),
});

const hostKey = fc.record({
  type: hostile,
  sha256: hostile,
  md5: hostile,
  certificate: fc.constant('none' as const),
});
const shownKey = fc.oneof(
  fc.record({ kind: fc.constantFrom('not_reached', 'absent') }),
  fc.record({ kind: fc.constant('claimed'), identity: hostKey, probe: fc.constant('not_made') }),
);

const count = fc.oneof(fc.constant('not_visible' as const), counts);

export const closes: fc.Arbitrary<CloseRecord> = fc.record({
  kind: fc.constant('close'),
  id: ids,
  verdict: fc.constantFrom('allowed', 'denied', 'refused', 'failed'),
  reason: fc.constantFrom('rule_holds', 'observed', 'dns_error', 'shutting_down', 'thumbprint_mismatch'),
  dialled: fc.constantFrom(CLOSE.dialled, 'not_reached' as const),
  observation: fc.oneof(
    fc.constant('not_reached' as const),
    fc.record({ protocol: fc.constantFrom('unknown', 'silent', 'not_checked') }),
    fc.record({ protocol: fc.constant('http'), method: fc.constant('GET'), path: hostile }),
    fc.record({
      protocol: fc.constant('ssh'),
      softwareVersion: hostile,
      serverSoftwareVersion: hostile,
      keyExchange: hostile,
      server: shownKey,
    }),
    fc.record({
      protocol: fc.constant('tls'),
      serverName: fc.constant('none'),
      alpn: fc.array(hostile, { maxLength: 12 }),
      offered: fc.array(hostile, { maxLength: 12 }),
      encryptedHello: fc.boolean(),
      version: hostile,
      server: fc.constant({ kind: 'not_reached' }),
      client: fc.constant({ kind: 'absent' }),
    }),
  ),
  judged: fc.oneof(fc.constant('not_reached' as const), judged),
  status: fc.oneof(fc.constant('none' as const), fc.constantFrom(200, 404)),
  bytesOut: count,
  bytesIn: count,
  durationMs: count,
  endedBy: fc.constantFrom('client', 'crash', 'dns_error', 'traffic_not_allowed'),
  detail: hostile,
});

const others: fc.Arbitrary<AuditRecord> = fc.oneof(
  fc.record({ kind: fc.constant('progress'), id: ids, bytesOut: counts, bytesIn: counts, durationMs: counts }),
  fc.record({
    kind: fc.constant('policy'),
    outcome: fc.constantFrom('adopted', 'rejected'),
    revision: fc.constant(DECISION.revision),
    previous: fc.constantFrom('none', DECISION.revision),
    rules: fc.nat(),
    problems: fc.array(hostile, { maxLength: 40 }),
  }),
  fc.record({
    kind: fc.constant('stop'),
    cause: hostile,
    openAttempts: fc.nat(),
    missingEnds: fc.oneof(fc.nat(), fc.constant('not_known' as const)),
  }),
  fc.record({ kind: fc.constant('admin'), action: fc.constant('users_loaded'), detail: hostile }),
);

/** Any record at all, with hostile text wherever a record can hold text from outside. */
export const records: fc.Arbitrary<AuditRecord> = fc.oneof(
  decisions,
  closes,
  others,
  fc.constantFrom(...Object.values(SAMPLES)),
);
