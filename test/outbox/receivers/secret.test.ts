import test from 'ava';
import { secretInFile } from '../../../lib/outbox/receivers/index.js';
import { makeFolder } from '../../fixtures/folder.js';

test('a secret is the first line of its file, as it is when it is needed', async (t) => {
  const folder = await makeFolder({ token: 's3cret\nwhat follows is not of it\n' });
  t.teardown(folder.remove);
  const secret = secretInFile(`${folder.path}/token`);
  t.is(await secret(), 's3cret');
  await folder.write('token', 'n3w');
  t.is(await secret(), 'n3w');
});

test('a file that anyone may read, that is too long or holds no secret is refused without a word of it', async (t) => {
  const folder = await makeFolder({
    empty: '',
    spaced: 'hunter2 hunter2\n',
    control: 'hunter2\x07\n',
    long: 'hunter2'.repeat(4_000),
  });
  t.teardown(folder.remove);
  await folder.write('open', 'hunter2\n', 0o604);
  for (const name of ['empty', 'spaced', 'control', 'long', 'open', 'absent']) {
    const error = await t.throwsAsync(secretInFile(`${folder.path}/${name}`)(), undefined, name);
    t.notRegex(error.message, /hunter2/);
  }
});
