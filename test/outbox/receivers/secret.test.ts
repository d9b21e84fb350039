import test from 'ava';
import { readSecret } from '../../../lib/outbox/receivers/secret.js';
import { makeFolder } from '../../fixtures/folder.js';

test('a secret is the first line of its file, as it is when it is needed', async (t) => {
  const folder = await makeFolder({ token: 's3cret\nwhat follows is not of it\n' });
  t.teardown(folder.remove);
  const source = { kind: 'file', path: `${folder.path}/token` } as const;
  t.deepEqual(await readSecret(source, {}), { kind: 'secret', secret: 's3cret' });
  await folder.write('token', 'n3w');
  t.deepEqual(await readSecret(source, {}), { kind: 'secret', secret: 'n3w' });
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
  const why = {
    empty: 'does not begin with a line of printable ASCII',
    spaced: 'does not begin with a line of printable ASCII',
    control: 'does not begin with a line of printable ASCII',
    long: 'is too long to be a secret',
    open: 'may be read by every account of this machine: chmod 600 it',
    absent: 'cannot be read (ENOENT)',
  };
  for (const [name, reason] of Object.entries(why)) {
    const path = `${folder.path}/${name}`;
    t.deepEqual(await readSecret({ kind: 'file', path }, {}), { kind: 'problem', detail: `${path} ${reason}` });
  }
});

test('a secret in a variable is the whole of it', async (t) => {
  const source = { kind: 'variable', name: 'TOKEN' } as const;
  t.deepEqual(await readSecret(source, { TOKEN: 's3cret' }), { kind: 'secret', secret: 's3cret' });
  for (const value of [undefined, '', 'hunter2 hunter2'])
    t.deepEqual(await readSecret(source, { TOKEN: value }), {
      kind: 'problem',
      detail: 'environment variable TOKEN is not set to printable ASCII',
    });
});
