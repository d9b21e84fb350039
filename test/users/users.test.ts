import { rm, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { summariseProblem } from '../../lib/text/index.js';
import { openUsers, type Users } from '../../lib/users/index.js';
import { until, usersFile, writeUsers } from './fixture.js';

interface Heard {
  readonly reloads: number[];
  readonly problems: string[];
}

async function opened(t: ExecutionContext, path: string, now = () => performance.now()): Promise<[Users, Heard]> {
  const heard: Heard = { reloads: [], problems: [] };
  const users = await openUsers(path, {
    onReload: (count) => heard.reloads.push(count),
    onProblem: (problem) => heard.problems.push(...problem.problems.map(summariseProblem)),
    now,
  });
  if (users.kind !== 'users') throw new Error(users.problems.map(summariseProblem).join('\n'));
  t.teardown(users.close);
  return [users, heard];
}

test('a file that cannot be used is a problem, not a list without users', async (t) => {
  const silent = { onReload: () => t.fail(), onProblem: () => t.fail(), now: () => 0 };
  t.like(await openUsers('/nowhere/users', silent), { kind: 'users_problem' });
});

test('a changed file is in force within seconds, and what was verified against an older hash is forgotten', async (t) => {
  const path = await usersFile(t, { a: 'old', b: 'same' });
  const [users, heard] = await opened(t, path);
  t.is(await users.verify('a', 'old', '192.0.2.1'), 'verified');
  await writeUsers(path, { a: 'new', c: 'x' });
  await until(() => heard.reloads.length > 0);
  t.deepEqual(heard.reloads, [2]);
  t.is(await users.verify('a', 'old', '192.0.2.1'), 'rejected');
  t.is(await users.verify('a', 'new', '192.0.2.1'), 'verified');
  t.is(await users.verify('b', 'same', '192.0.2.1'), 'rejected');
});

test('a broken change keeps the last good list, is reported once, and so is its repair', async (t) => {
  const path = await usersFile(t, { a: 'x' });
  const [users, heard] = await opened(t, path);
  await writeFile(path, 'nonsense\n', { mode: 0o600 });
  await users.reload();
  await users.reload();
  t.is(heard.problems.length, 1);
  t.is(await users.verify('a', 'x', '192.0.2.1'), 'verified');
  t.like(users.status(), { users: 1, problem: { kind: 'users_problem' } });
  await rm(path);
  await users.reload();
  t.is(heard.problems.length, 2);
  await writeUsers(path, { a: 'x', b: 'x' });
  await users.reload();
  t.like(users.status(), { users: 2, problem: 'none', waiting: 0, logIns: { verified: 1, rejected: 0 } });
  t.deepEqual(heard.reloads, [2]);
});

test('an unverified name becomes 16 characters that do not show it, other in every process', async (t) => {
  const path = await usersFile(t, { a: 'x' });
  const [[one], [other]] = [await opened(t, path), await opened(t, path)];
  t.regex(one.hashUserName('hunter2'), /^[A-Za-z0-9_-]{16}$/);
  t.is(one.hashUserName('hunter2'), one.hashUserName('hunter2'));
  t.not(one.hashUserName('hunter2'), one.hashUserName('hunter3'));
  t.not(one.hashUserName('hunter2'), other.hashUserName('hunter2'));
});
