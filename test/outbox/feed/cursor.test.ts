import { readdir, writeFile } from 'node:fs/promises';
import test from 'ava';
import { readCursor, writeCursor } from '../../../lib/outbox/feed/cursor.js';
import { makeFolder } from '../../fixtures/folder.js';

const position = (seq: number): { seq: number; hash: string } => ({ seq, hash: 'a'.repeat(43) });

test('a cursor is read as it was written last, and nothing lies beside it', async (t) => {
  const { path, remove } = await makeFolder();
  t.teardown(remove);
  const file = `${path}/sinks/siem.cursor`;
  t.deepEqual(await readCursor(file), { kind: 'absent' });
  for (const seq of [0, 1, Number.MAX_SAFE_INTEGER]) {
    await writeCursor(file, position(seq));
    t.deepEqual(await readCursor(file), { kind: 'value', value: position(seq) });
  }
  t.deepEqual(await readdir(`${path}/sinks`), ['siem.cursor']);
});

test('what a crash left beside a cursor does no harm', async (t) => {
  const { path, remove } = await makeFolder();
  t.teardown(remove);
  await writeCursor(`${path}/a.cursor`, position(7));
  await writeFile(`${path}/a.cursor.new`, '{"v":1,"se');
  t.deepEqual(await readCursor(`${path}/a.cursor`), { kind: 'value', value: position(7) });
  await writeCursor(`${path}/a.cursor`, position(8));
  t.deepEqual(await readCursor(`${path}/a.cursor`), { kind: 'value', value: position(8) });
});

test('anything else is not a cursor, and says so', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const whole = `{"v":1,"seq":7,"hash":"${'a'.repeat(43)}"}\n`;
  for (const text of [
    '',
    whole.slice(0, -1),
    `${whole}${whole}`,
    whole.replace('7', '-7'),
    whole.replace('"v":1', '"v":2'),
  ]) {
    const file = await folder.write('a.cursor', text);
    t.is((await readCursor(file)).kind, 'unreadable', text);
  }
});
