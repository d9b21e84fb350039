import test from 'ava';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { VECTORS } from '../protocol/http/vectors.js';
import { ask, ATTEMPT, isRefused, isWhole } from './answers.js';

/*
 * Every request vector, by the code of its rule, as raw bytes over a socket. No rule of the policy speaks for any of them,
 * so a head that is taken is one that policy has denied; a head that is not is one that the rule's code has refused.
 */
const NOTHING_ALLOWED = `policy: elsewhere
allow:
  - id: elsewhere
    to: [elsewhere.example]
    protocol: tls
`;

let tidegate: Tidegate;
test.before(async () => {
  tidegate = await startTidegate({ policies: { 'elsewhere.yaml': NOTHING_ALLOWED } });
});
test.after.always(() => tidegate.discard());

for (const { rule, name, bytes, expect } of VECTORS) {
  if (expect === 'accepted') {
    test.serial(`${rule}: ${name}: is taken, and left to policy`, async (t) => {
      const text = bytes.toString('latin1');
      // What was taken may keep its connection, so a request that cannot be read stands behind it and ends it.
      const answered = await ask(
        tidegate.port,
        text.startsWith('CONNECT') ? bytes : Buffer.concat([bytes, Buffer.from('\0')]),
      );
      t.regex(answered.reason, new RegExp(`^Egress denied: [ -~]+ ${ATTEMPT}$`));
      t.is(answered.status, 403);
    });
  } else {
    test.serial(`${rule}: ${name}: is refused with ${expect.status}`, async (t) => {
      isRefused(t, await ask(tidegate.port, bytes), expect.status, rule);
    });
  }
}

test.serial('H7: a head that comes byte by byte is read like one that comes at once', async (t) => {
  const text = 'CONNECT origin.example:443 HTTP/1.0\r\n\r\n';
  const answered = await ask(tidegate.port, ...text.split(''));
  t.is(answered.status, 403);
  isWhole(t, answered);
});

test.serial('every refusal is one record under the code of its rule', async (t) => {
  const journal = await tidegate.journal();
  const codes = journal.flatMap((line) =>
    line['kind'] === 'decision' && line['verdict'] === 'refused' ? [line['strictness_rule']] : [],
  );
  for (const { rule, expect } of VECTORS) if (expect !== 'accepted') t.true(codes.includes(rule), rule);
  t.true(codes.length >= VECTORS.filter(({ expect }) => expect !== 'accepted').length);
});
