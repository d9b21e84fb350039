import test from 'ava';
import { summariseProblem } from '../../../lib/text/problems.js';
import { selfTest } from '../../../lib/policy/cases/self-test.js';
import type { PolicyDocument } from '../../../lib/policy/language/document.js';
import { readPolicies } from '../../../lib/policy/language/reading.js';
import { policySetOf } from '../../../lib/policy/set/assembly.js';

const TODAY = '2026-11-23';

function documents(text: string): readonly PolicyDocument[] {
  const reading = readPolicies([{ path: 'p.yaml', text }], TODAY);
  if (reading.kind === 'problems') throw new Error(reading.problems.map(summariseProblem).join('\n'));
  return reading.documents;
}

const POLICY = `
policy: p
clients: {users: [deployer], networks: [10.20.0.0/16]}
allow:
  - {id: web, to: [web.example.com], protocol: tls}
  - {id: inside, to: ['*.corp.example'], resolves-to: [10.30.0.0/16], protocol: tentacle, expires: 2026-12-31}
  - {id: plain, to: [crl.example.com], protocol: http, methods: [GET], paths: [/crl/*]}
deny:
  - {id: secret, to: [secret.corp.example, 10.30.9.0/24], reason: no}
`;

test('the self-test passes what denies strangers, and refuses a set that lets a random name through (law 1)', (t) => {
  const sound = documents(POLICY);
  t.deepEqual(selfTest(policySetOf(sound, 'r'), sound, 'x7f3', TODAY), []);
  t.deepEqual(selfTest(policySetOf([], 'r'), [], 'x7f3', TODAY), []);
  const wide = documents(POLICY.replace('web.example.com', '"*.invalid"'));
  t.deepEqual(selfTest(policySetOf(wide, 'r'), wide, 'x7f3', TODAY).map(summariseProblem), [
    'p.yaml: self-test: a random name under .invalid is let through by rule "web"',
  ]);
});

test('the self-test refuses a set that observes where every policy enforces (law 1)', (t) => {
  const enforcing = documents(POLICY.replace('clients:', '#'));
  const observing = enforcing.map((one) => ({ ...one, mode: 'observe' }) as const);
  t.deepEqual(selfTest(policySetOf(observing, 'r'), observing, 'x7f3', TODAY), []);
  const lines = selfTest(policySetOf(observing, 'r'), enforcing, 'x7f3', TODAY).map(summariseProblem);
  t.deepEqual(
    new Set(lines.map((line) => line.replace(/^.*?: /, ''))),
    new Set(['self-test: a random name under .invalid is let through by observe mode']),
  );
});
