import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { CloseRecord } from '../../lib/audit/index.js';
import type { Check } from '../../lib/policy/index.js';
import { proposePins } from '../../lib/review/index.js';
import { hostile } from '../audit/arbitraries.js';
import {
  CLIENT_CHECK,
  CLIENT_THUMBPRINT,
  HOST_KEY,
  HOST_KEY_CHECK,
  LINUX,
  SSH_TRAFFIC,
  TENTACLES,
  TENTACLE_TRAFFIC,
  THUMBPRINT,
  THUMBPRINT_CHECK,
} from '../audit/samples.js';
import { ended } from './decisions.js';

const [LISTED = ''] = HOST_KEY_CHECK.expected;

function ofSsh(check: Partial<Check>, changes: Partial<CloseRecord> = {}): ReturnType<typeof proposePins> {
  const judged = { rule: LINUX, checks: [{ ...HOST_KEY_CHECK, ...check }], wouldDeny: 'none' } as const;
  return proposePins(ended({ observation: SSH_TRAFFIC, judged, ...changes }));
}

test('what a rule does not pin yet is proposed as its first pin', (t) => {
  const [pin, ...others] = ofSsh({ expected: [], outcome: 'not_checked' });
  t.like(pin, { kind: 'first', key: 'host-keys', seen: HOST_KEY, rule: LINUX, unlisted: 0 });
  t.is(pin?.yaml, `    host-keys: ["${HOST_KEY}"] # ssh-ed25519`);
  t.deepEqual(others, []);
});

test('what was seen instead is added to what the rule lists, and is distinguished from a first pin', (t) => {
  const [pin] = ofSsh({});
  t.is(pin?.kind, 'instead');
  t.is(pin?.yaml, `    host-keys: ["${LISTED}", "${HOST_KEY}"] # ssh-ed25519`);
});

test('of a Tentacle both ends are proposed, and YAML reads thumbprints as texts', (t) => {
  const digits = '1'.repeat(38) + 'E2'; // a number, if it were not quoted
  const checks: Check[] = [{ ...THUMBPRINT_CHECK, expected: [digits], outcome: 'mismatch' }, CLIENT_CHECK];
  const pins = proposePins(
    ended({ observation: TENTACLE_TRAFFIC, judged: { rule: TENTACLES, checks, wouldDeny: 'thumbprint_mismatch' } }),
  );
  t.deepEqual(
    pins.map(({ yaml }) => parse(yaml) as unknown),
    [{ thumbprints: [digits, THUMBPRINT] }, { 'client-thumbprints': [CLIENT_THUMBPRINT] }],
  );
});

test('nothing is proposed for what holds, for a name, for what was not seen, or where no rule came near', (t) => {
  for (const outcome of ['verified', 'probed', 'not_visible'] as const) t.deepEqual(ofSsh({ outcome }), []);
  t.deepEqual(ofSsh({ seen: 'none' }), []);
  t.deepEqual(ofSsh({ expected: [HOST_KEY] }), []);
  t.deepEqual(ofSsh({ fact: 'server_name', seen: 'any.nuget.org' }), []);
  t.deepEqual(ofSsh({}, { judged: 'not_reached' }), []);
  t.deepEqual(ofSsh({}, { judged: { rule: 'none', checks: [HOST_KEY_CHECK], wouldDeny: 'host_key_mismatch' } }), []);
});

test('a certificate whose key did not sign is never proposed', (t) => {
  const server = { kind: 'forged', identity: { thumbprint: THUMBPRINT, notBefore: 0, notAfter: 1 } } as const;
  const checks: Check[] = [{ ...THUMBPRINT_CHECK, expected: [], outcome: 'mismatch' }, CLIENT_CHECK];
  const judged = { rule: TENTACLES, checks, wouldDeny: 'none' } as const;
  const pins = proposePins(ended({ observation: { ...TENTACLE_TRAFFIC, server }, judged }));
  t.deepEqual(
    pins.map(({ key }) => key),
    ['client-thumbprints'],
  );
});

test('where a rule lists more than the record holds, the line says that it is not the whole list', (t) => {
  const expected = Array.from({ length: 12 }, (_, index) => `SHA256:${String(index).padStart(43, 'A')}`);
  const [pin] = ofSsh({ expected });
  t.is(pin?.listed.length, 8);
  t.is(pin?.unlisted, 4);
  t.regex(pin?.yaml ?? '', /# ssh-ed25519, and the 4 others that the rule lists$/);
});

test('whatever a record holds, a proposed line is one line of YAML with one key and the pins in it', (t) => {
  const seen = fc.constantFrom(HOST_KEY, `@cert-authority ${HOST_KEY}`, `${HOST_KEY}\n    mode: observe`, THUMBPRINT);
  const listed = fc.array(fc.oneof(hostile, fc.constant(LISTED)), { maxLength: 12 });
  const proposed = new Set<string>();
  fc.assert(
    fc.property(seen, listed, hostile, (text, expected, type) => {
      const identity = { type, sha256: text, md5: '', certificate: 'none' } as const;
      const observation = { ...SSH_TRAFFIC, server: { kind: 'claimed', identity, probe: 'not_made' } } as const;
      return ofSsh({ seen: text, expected }, { observation }).every((pin) => {
        proposed.add(text);
        const read = parse(pin.yaml) as unknown;
        return (
          /^[ -~]+$/.test(pin.yaml) &&
          JSON.stringify(read) === JSON.stringify({ 'host-keys': [...pin.listed, text] }) &&
          pin.listed.length + pin.unlisted === expected.length
        );
      });
    }),
    { numRuns: 500 },
  );
  t.deepEqual([...proposed].toSorted(), [`@cert-authority ${HOST_KEY}`, HOST_KEY].toSorted());
});
