import test from 'ava';
import type { Certificate, Shown, TlsTraffic } from '../../../lib/attempt/index.js';
import { connect, noon, ssh, tls } from '../samples.js';
import type { Check } from '../../../lib/policy/index.js';
import type { TrafficRequirements } from '../../../lib/policy/language/index.js';
import type { Finding } from '../../../lib/policy/traffic/finding.js';
import { checkTraffic } from '../../../lib/policy/traffic/check-traffic.js';

const [listed, other] = ['A'.repeat(40), 'B'.repeat(40)];
const nothing: TrafficRequirements = {
  ...{ serverNames: [], thumbprints: [], clientThumbprints: [], hostKeys: [] },
  ...{ unverifiable: 'probe', observes: false },
};
const YEAR = 365 * 24 * 3_600_000;

function shown(
  kind: 'proven' | 'probed' | 'forged',
  thumbprint: string,
  notAfter = noon.getTime() + YEAR,
): Shown<Certificate> {
  return { kind, identity: { thumbprint, notBefore: noon.getTime() - YEAR, notAfter } };
}

function found(seen: TlsTraffic, stage: 'so_far' | 'whole' = 'whole', host = 'a.example'): readonly Finding[] {
  const rule = { ...nothing, thumbprints: [listed], clientThumbprints: [listed] };
  const context = { host: connect(`${host}:443`).destination.host, at: noon.getTime(), stage };
  return checkTraffic('tentacle', rule, seen, context);
}

function check(server: Shown<Certificate>): Check | undefined {
  return found(tls('a.example', { server }))[1]?.check;
}

test('each fact is reported with what is expected, what was seen, and what came of it', (t) => {
  const seen = tls('a.example', { server: shown('proven', listed), client: shown('proven', other) });
  t.deepEqual(
    found(seen).map(({ check: { fact, expected, seen, outcome }, failed }) => [fact, expected, seen, outcome, failed]),
    [
      ['server_name', ['a.example'], 'a.example', 'verified', 'none'],
      ['thumbprint', [listed], listed, 'verified', 'none'],
      ['client_thumbprint', [listed], other, 'mismatch', 'client_thumbprint_mismatch'],
    ],
  );
});

test('what is not pinned is reported as seen, and not checked (law 11)', (t) => {
  const context = { host: connect('a.example:443').destination.host, at: noon.getTime(), stage: 'whole' } as const;
  const seen = tls('a.example', { server: shown('forged', other), client: { kind: 'absent' } });
  const [, thumbprint, client] = checkTraffic('tentacle', nothing, seen, context);
  t.like(thumbprint, { check: { expected: [], seen: other, outcome: 'not_checked' }, failed: 'none' });
  t.like(client, { check: { expected: [], seen: 'none', outcome: 'not_checked' }, failed: 'none' });
  const key = { type: 'ssh-rsa', sha256: 'SHA256:x', md5: 'MD5:x', certificate: 'none' } as const;
  const [hostKey] = checkTraffic('ssh', nothing, ssh({ kind: 'claimed', identity: key, probe: 'not_made' }), context);
  t.like(hostKey, { check: { fact: 'host_key', seen: 'SHA256:x', outcome: 'not_checked' }, failed: 'none' });
});

test('T3: where the host is an address no server name is expected, and one that comes must be listed', (t) => {
  t.like(found(tls('none'), 'whole', '10.1.2.3')[0], {
    check: { seen: 'none', outcome: 'not_checked' },
    failed: 'none',
  });
  t.like(found(tls('a.example'), 'whole', '10.1.2.3')[0], {
    check: { outcome: 'mismatch' },
    failed: 'server_name_not_allowed',
  });
  t.like(found(tls('none'))[0], { check: { outcome: 'mismatch', detail: 'the client sends no server name' } });
});

test('why nothing is visible is reported, and what a probe came to', (t) => {
  const detail = (server: Shown<Certificate>): string =>
    `${check(server)?.outcome ?? ''}: ${check(server)?.detail ?? ''}`;
  const failed = { failed: 'connection refused' };
  t.is(detail({ kind: 'hidden', why: 'tls_1_3', probe: 'not_made' }), 'not_visible: TLS 1.3 hides certificates');
  t.is(
    detail({ kind: 'hidden', why: 'resumed', probe: failed }),
    'not_visible: a resumed session shows no certificate; the probe failed: connection refused',
  );
  t.is(detail({ kind: 'absent' }), 'not_visible: no certificate was shown');
  t.is(detail({ kind: 'not_reached' }), 'not_visible: not inspected');
  t.is(detail(shown('probed', listed)), 'probed: the certificate is valid until 2027-06-15');
  t.is(detail(shown('proven', listed, noon.getTime())), 'verified: the certificate expired on 2026-06-15');
  t.regex(detail(shown('forged', listed)), /^mismatch: the signature is not of the key shown/);
});

test('what is still to come holds so far', (t) => {
  const early = found(tls('a.example'), 'so_far');
  t.deepEqual(
    early.map(({ failed }) => failed),
    ['none', 'none', 'none'],
  );
  t.deepEqual(
    early.map(({ check: { outcome } }) => outcome),
    ['verified', 'not_checked', 'not_checked'],
  );
});
