import test from 'ava';
import type { CloseRecord } from '../../../lib/audit/index.js';
import type { Check } from '../../../lib/policy/index.js';
import { checkTexts } from '../../../lib/cli/audit/check-text.js';
import {
  CLIENT_CHECK,
  HOST_KEY_CHECK,
  LINUX,
  SSH_TRAFFIC,
  TENTACLES,
  TENTACLE_TRAFFIC,
  THUMBPRINT,
  THUMBPRINT_CHECK,
} from '../../audit/samples.js';
import { ended } from '../../review/decisions.js';

function textOf(changes: Partial<CloseRecord>): string {
  return checkTexts(ended(changes)).join('\n');
}

const ofTentacle = (checks: readonly Check[], changes: Partial<typeof TENTACLE_TRAFFIC> = {}): string =>
  textOf({ observation: { ...TENTACLE_TRAFFIC, ...changes }, judged: { rule: TENTACLES, checks, wouldDeny: 'none' } });

test('a check shows what was seen, what the rule lists and what is proven', (t) => {
  const text = ofTentacle([THUMBPRINT_CHECK, CLIENT_CHECK]);
  t.regex(text, /^checks required by rule production\/tentacles \(production\.yaml:21\)\n/);
  t.regex(
    text,
    /server certificate: verified, seen 9E39\w+\n +the rule lists 9E39\w+\n +proven: its key signed this handshake\n/,
  );
  t.regex(text, /client certificate: not checked, seen 0F76\w+\n +the rule lists none\n/);
});

test('an identity from a probe is never shown as verified, and a claim is shown as claimed (law 11)', (t) => {
  const identity = { thumbprint: THUMBPRINT, notBefore: 0, notAfter: 1 };
  const probed = ofTentacle([{ ...THUMBPRINT_CHECK, outcome: 'probed' }], { server: { kind: 'probed', identity } });
  t.regex(probed, /probed, not verified, .*\n.*\n +seen by a probe of the same address, not in this tunnel/);
  const claimed = textOf({
    observation: SSH_TRAFFIC,
    judged: { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'none' },
  });
  t.regex(claimed, /claimed by the server/);
  const forged = ofTentacle([{ ...THUMBPRINT_CHECK, outcome: 'mismatch' }], { server: { kind: 'forged', identity } });
  t.regex(forged, /MISMATCH, seen 9E39\w+\n.*\n +FORGED: its key did NOT sign this handshake/);
  t.notRegex(forged, /add it|to pin/);
});

test('a hidden identity is shown with the reason, and with nothing seen', (t) => {
  const hidden = { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' } as const;
  const check: Check = { ...THUMBPRINT_CHECK, seen: 'none', outcome: 'not_visible', detail: 'TLS 1.3 hides it' };
  const text = ofTentacle([check], { server: hidden });
  t.regex(text, /server certificate: not visible, nothing seen\n +the rule lists 9E39\w+\n +TLS 1\.3 hides it$/);
});

test('a long list is shown with the number of its other entries', (t) => {
  const expected = Array.from({ length: 11 }, (_, index) => `a${index}.example`);
  const text = ofTentacle([{ fact: 'server_name', expected, seen: 'b.example', outcome: 'mismatch', detail: '' }]);
  t.regex(text, /the rule lists a0\.example, .*a7\.example and 3 more$/);
});

test('no judgement, no checks and no knowledge of checks are distinguished', (t) => {
  t.is(textOf({}), '');
  t.is(ofTentacle([]), 'no checks: the rule requires none');
  const { checks, ...before } = ended({});
  t.is(checks, null);
  t.deepEqual(checkTexts(before), ['no checks: this record is from an earlier version']);
});
