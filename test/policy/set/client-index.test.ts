import test from 'ava';
import { ClientIndex } from '../../../lib/policy/set/client-index.js';
import type { CompiledPolicy } from '../../../lib/policy/set/rule.js';

function policy(users: CompiledPolicy['users'], networks: CompiledPolicy['networks'] = 'every'): CompiledPolicy {
  return { name: 'p', file: 'p.yaml', mode: 'enforce', rules: 1, denies: 0, contact: 'none', users, networks };
}

const ADA = { identity: { kind: 'basic', user: 'ada' } } as const;
const WITHOUT_USER = { identity: { kind: 'network' } } as const;

test('a policy for clients without a user covers them, in its networks, and no user', (t) => {
  const index = new ClientIndex();
  t.false(index.namesAnonymous);
  const all = index.scopeOf(policy('anonymous'));
  const some = index.scopeOf(policy('anonymous', 7));
  t.true(index.namesAnonymous);
  t.deepEqual(index.find(WITHOUT_USER, []), [all]);
  t.deepEqual(index.find(WITHOUT_USER, [7]), [all, some]);
  t.deepEqual(index.find(ADA, [7]), []);
});

test('a user called anonymous is another scope than clients without a user', (t) => {
  const index = new ClientIndex();
  t.not(index.scopeOf(policy(['anonymous'])), index.scopeOf(policy('anonymous')));
  t.not(index.scopeOf(policy(['every'])), index.scopeOf(policy('every')));
});

test('users that the same scopes name are one group, however many they are', (t) => {
  const index = new ClientIndex();
  const many = Array.from({ length: 5_000 }, (_, number) => `user-${number}`);
  const all = index.scopeOf(policy(many));
  const few = index.scopeOf(policy(['user-1', 'user-2', 'eve']));
  t.deepEqual(
    index.groups().map(({ scopes, users }) => [scopes, users.length]),
    [
      [[all], 4_998],
      [[all, few], 2],
      [[few], 1],
    ],
  );
  t.true(index.namesUser('eve') && !index.namesUser('bob'));
});
