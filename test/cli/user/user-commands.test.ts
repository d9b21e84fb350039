import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { carriedOut, folderOf, tidegate } from '../command.js';

test.serial('users are added, checked, changed, listed and removed', async (t) => {
  const { path } = await folderOf(t);
  const file = join(path, 'users');
  const user = (args: readonly string[], input = 'none') =>
    input === 'none'
      ? carriedOut(['user', ...args, '--users', file])
      : tidegate(['user', ...args, '--users', file], { input });
  const added = await user(['add', 'web.node1', '--password-stdin'], 'first\nrest\n');
  t.like(added, { code: 0, stdout: `added web.node1 to ${file}\n`, stderr: '' });
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.notRegex(await readFile(file, 'utf8'), /first/);
  t.is((await user(['check', 'web.node1', '--password-stdin'], 'first')).code, 0);
  t.is((await user(['check', 'web.node1', '--password-stdin'], 'other')).code, 1);
  t.regex((await user(['add', 'web.node1', '--password-stdin'], 'other')).stdout, /changed the password of web.node1/);
  t.is((await user(['list', '--json'])).stdout, '["web.node1"]\n');
  t.is((await user(['remove', 'web.node1'])).code, 0);
  t.like(await user(['remove', 'web.node1']), {
    code: 1,
    stderr: `tidegate: ${file}: error: there is no user web.node1 [unknown_user]\n`,
  });
  t.is((await user(['list'])).stdout, '');
});

test.serial(
  'invalid names and passwords are rejected, and a password that URLs must escape causes a warning',
  async (t) => {
    const { path } = await folderOf(t);
    const add = (name: string, input: string) =>
      tidegate(['user', 'add', name, '--password-stdin', '--users', join(path, 'users')], { input });
    t.is((await carriedOut(['user', 'add', 'DOMAIN\\user', '--users', join(path, 'users')])).code, 2);
    t.is((await add('ok', '')).code, 2);
    t.is((await add('ok', 'pässword')).code, 2);
    const unwise = await add('ok', 'p@ss word');
    t.is(unwise.code, 0);
    t.regex(unwise.stderr, /^tidegate: warning: .*URL/);
  },
);

test.serial('standard input is not read without --password-stdin', async (t) => {
  const { path } = await folderOf(t);
  const ran = await tidegate(['user', 'add', 'x', '--users', join(path, 'users')], { input: 'secret\n' });
  t.like(ran, {
    code: 2,
    stderr: 'tidegate: cannot prompt for a password: standard input is not a terminal\n  use --password-stdin\n',
  });
});

test.serial('a command needs a users file, configured or named with --users', async (t) => {
  const { path } = await folderOf(t, { 'tidegate.yaml': 'users: {file: here}\n' });
  const options = { cwd: path, input: 'x' };
  t.is(
    (await tidegate(['user', 'add', 'x', '--password-stdin'], options)).stdout,
    `added x to ${join(path, 'here')}\n`,
  );
  const none = await carriedOut(['user', 'list']);
  t.is(none.code, 2);
  t.regex(none.stderr, /name it with --users FILE/);
});
