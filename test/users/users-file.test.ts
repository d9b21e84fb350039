import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { formatProblem, type Problem } from '../../lib/text/index.js';
import { hashPassword, listUsers } from '../../lib/users/index.js';
import { readUsersFile } from '../../lib/users/users-file.js';
import { folderFor, usersFile } from './fixture.js';

test('comments and blank lines may stand between users', async (t) => {
  const path = join(await folderFor(t), 'users');
  const hash = await hashPassword('x');
  await writeFile(path, `# ours\n\n  # more\nfirst:${hash}\r\nsecond:${hash}\n`, { mode: 0o600 });
  t.deepEqual(await listUsers(path), ['first', 'second']);
});

test('every bad line is reported, by number, and no hash is shown', async (t) => {
  const path = join(await folderFor(t), 'users');
  const hash = await hashPassword('x');
  await writeFile(
    path,
    `a b:${hash}\nok:${hash}\nweak:$2b$12$abc\nplain:password\nok:${hash}\nlonely\n  eve:\nhunter2$word:${hash}\n`,
    {
      mode: 0o600,
    },
  );
  const read = await readUsersFile(path);
  if (read === 'missing' || read.kind !== 'users_problem') return t.fail();
  const at = ({ position }: Problem): string =>
    position === 'whole_file' ? '' : `${position.line}:${position.column}:${position.width}`;
  t.deepEqual(read.problems.map(at), ['1:1:3', '3:6:10', '4:7:8', '5:1:2', '6:1:6', '7:3:3', '8:1:12']);
  t.deepEqual(
    read.problems.map(({ code }) => code),
    ['bad_user', 'bad_hash', 'bad_hash', 'duplicate_user', 'bad_hash', 'bad_hash', 'bad_user'],
  );
  const shown = read.problems.map(formatProblem);
  t.is(
    shown[1],
    [
      `${path}:3:6: error: the hash of weak is not in the supported form [bad_hash]`,
      '  3 | weak:**********',
      '    |      ^^^^^^^^^^',
      '  hint: make it with tidegate user add weak',
    ].join('\n'),
  );
  t.is(read.problems[3]?.message, 'duplicate user ok');
  return t.notRegex(shown.join(), /\$2b|password|scrypt|hunter|lonely/);
});

test('a file that other accounts may read or write is refused, with the remedy', async (t) => {
  const path = await usersFile(t, { user: 'x' });
  for (const mode of [0o604, 0o602, 0o620, 0o644, 0o666]) {
    await chmod(path, mode);
    const read = await listUsers(path);
    if (!('kind' in read)) return t.fail(mode.toString(8));
    t.like(read.problems[0], { code: 'exposed', file: path, position: 'whole_file', hint: `run chmod 600 ${path}` });
  }
  await chmod(path, 0o640);
  return t.deepEqual(await listUsers(path), ['user']);
});

test('a missing file, a folder and a huge file are problems', async (t) => {
  const folder = await folderFor(t);
  t.is(await readUsersFile(join(folder, 'none')), 'missing');
  const huge = join(folder, 'huge');
  await writeFile(huge, '#'.repeat(1024 * 1024 + 1), { mode: 0o600 });
  await chmod(folder, 0o700);
  for (const path of [join(folder, 'none'), folder, huge]) {
    const read = await listUsers(path);
    t.true('kind' in read, path);
  }
});
