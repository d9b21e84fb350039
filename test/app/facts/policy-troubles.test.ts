import test from 'ava';
import { policyTroubles } from '../../../lib/app/facts/policy-troubles.js';
import { exampleFacts } from './example-facts.js';

const { policies, now } = exampleFacts();
const rejected = { at: now, revision: 'none', problems: [] } as const;

test('policies that are those of the folder cause no degradation', (t) => {
  t.deepEqual(policyTroubles(policies, now), []);
});

test('policies that are in memory only are trouble, with what a restart would do', (t) => {
  const troubles = (['folder_unreadable', 'folder_emptied', 'policies_refused'] as const).map((why) => [
    why,
    ...policyTroubles({ ...policies, rejected: { ...rejected, why } }, now),
  ]);
  t.deepEqual(troubles, [
    [
      'folder_unreadable',
      'the policy folder cannot be read; the last good set is in force; do not restart: it would not start',
    ],
    [
      'folder_emptied',
      'the policy folder holds no policy any more; the last good set is in force; do not restart: it would deny everything',
    ],
    [
      'policies_refused',
      'the last policy change was rejected; an older set is in force; do not restart: it would not start',
    ],
  ]);
});

test('no policy at all is trouble, and so is a folder that is not looked at any more', (t) => {
  t.deepEqual(policyTroubles({ ...policies, policies: [] }, now), ['no policy is loaded; all traffic is refused']);
  const later = (seconds: number): Date => new Date(policies.checkedAt.getTime() + seconds * 1_000);
  t.deepEqual(policyTroubles(policies, later(90)), []);
  t.deepEqual(policyTroubles(policies, later(125)), ['the policy folder has not been checked for 125 seconds']);
});
