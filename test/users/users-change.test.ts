import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { addUser, hashPassword, listUsers, removeUser } from '../../lib/users/index.js';
import { folderFor, usersFile } from './fixture.js';

const hash = await hashPassword('x');

test('the first user makes the file, readable by its owner only', async (t) => {
  const path = join(await folderFor(t), 'users');
  t.deepEqual(await addUser(path, 'first', hash), { kind: 'users_change', outcome: 'added' });
  t.is((await stat(path)).mode & 0o777, 0o600);
  t.deepEqual(await listUsers(path), ['first']);
  t.deepEqual(await readdir(dirname(path)), ['users']);
});

test('a user who is there gets the new hash, in the same place; comments stay', async (t) => {
  const path = join(await folderFor(t), 'users');
  await writeFile(path, `# one\na:${hash}\n# b:not a user\nb:${hash}\n`, { mode: 0o600 });
  const other = await hashPassword('y');
  t.like(await addUser(path, 'a', other), { outcome: 'replaced' });
  t.is(await readFile(path, 'utf8'), `# one\na:${other}\n# b:not a user\nb:${hash}\n`);
});

test('a removed user is gone, and removing an unknown user is a problem', async (t) => {
  const path = await usersFile(t, { a: 'x', b: 'x' });
  t.like(await removeUser(path, 'a'), { outcome: 'removed' });
  t.deepEqual(await listUsers(path), ['b']);
  t.like(await removeUser(path, 'a'), { kind: 'users_problem' });
  await addUser(path, 'web.node1', await hashPassword('x'));
  t.like(await removeUser(path, 'web.nod1'), {
    problems: [{ code: 'unknown_user', hint: 'did you mean "web.node1"?' }],
  });
  t.like(await removeUser(`${path}-none`, 'a'), { kind: 'users_problem' });
});

test('a change keeps permissions, and a link stays a link', async (t) => {
  const path = await usersFile(t, { a: 'x' });
  await chmod(path, 0o640);
  const link = `${path}-link`;
  await symlink(path, link);
  t.like(await addUser(link, 'b', hash), { outcome: 'added' });
  t.is((await stat(path)).mode & 0o777, 0o640);
  t.deepEqual(await listUsers(path), ['a', 'b']);
});

test('a broken file is not changed, and no lock stays behind', async (t) => {
  const path = join(await folderFor(t), 'users');
  await writeFile(path, 'nonsense\n', { mode: 0o600 });
  t.like(await addUser(path, 'a', hash), { kind: 'users_problem' });
  t.is(await readFile(path, 'utf8'), 'nonsense\n');
  t.deepEqual(await readdir(dirname(path)), ['users']);
});

test('two changes at once: one does not wait and says so, none is lost', async (t) => {
  const path = await usersFile(t, { a: 'x' });
  await writeFile(`${path}.lock`, '');
  const refused = await addUser(path, 'b', hash);
  t.is(refused.kind, 'users_problem');
  if (refused.kind === 'users_problem') t.regex(refused.problems[0].message, /another change is in progress/);
  t.deepEqual(await listUsers(path), ['a']);
});

test('a folder that is not there, or a folder in place of the file, is a problem', async (t) => {
  const folder = await folderFor(t);
  await mkdir(join(folder, 'users'));
  t.like(await addUser(join(folder, 'users'), 'a', hash), { kind: 'users_problem' });
  t.like(await addUser(join(folder, 'none', 'users'), 'a', hash), { kind: 'users_problem' });
});
