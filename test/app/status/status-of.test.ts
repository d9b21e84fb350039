import test from 'ava';
import { statusOf } from '../../../lib/app/status/index.js';
import { sameAsGolden } from '../../fixtures/golden.js';
import { exampleFacts } from '../facts/example-facts.js';

test('the facts of an instance as status: every field', (t) => {
  sameAsGolden(t, 'app/status/status.golden', `${JSON.stringify(statusOf(exampleFacts()), null, 2)}\n`);
});

test('a journal that cannot be written has its detail as problem', (t) => {
  const state = { kind: 'full', seq: 9, detail: 'ENOSPC' } as const;
  const { journal } = statusOf(exampleFacts({ journal: { folder: '/j', state } }));
  t.deepEqual(journal, { folder: '/j', state: 'full', seq: 9, problem: 'ENOSPC', removal_held: null });
});
