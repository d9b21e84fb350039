import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openJournal, verifyJournal } from '../../lib/journal/index.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';

test('an instance whose lock was removed, and whose journal another one has opened, refuses and ends with 70', async (t) => {
  const running = await startTidegate();
  t.teardown(running.discard);
  const directory = join(running.folder.path, 'state', 'journal');
  for (const name of await readdir(directory)) if (name.startsWith('lock')) await unlink(join(directory, name));
  const second = await openJournal({ directory, keyFile: join(running.folder.path, 'state', 'journal.key') });
  if (second.kind !== 'journal') return t.fail(second.kind);

  const client = await rawClient(running.port);
  await client.send('CONNECT denied.example:443 HTTP/1.1\r\nHost: denied.example:443\r\n\r\n');
  t.regex((await client.readToEnd()).text, /^HTTP\/1\.1 503 /);
  t.is(await running.ended, 70);
  t.regex(running.said(), /another process writes to it|the lock of the journal was removed or taken over/);
  t.like(await second.append({ kind: 'test', content: {} }), { kind: 'receipt' });
  await second.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});
