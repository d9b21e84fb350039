import { mkdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { until } from '../../fixtures/waiting.js';
import { recordsOf, trail, type Trail } from '../feed-fixture.js';
import { type Came, recordIn, ship, withoutRepeats } from '../receiver-fixture.js';

async function stored(...paths: readonly string[]): Promise<readonly Came[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== '')).map(recordIn);
}

function place({ cursorFile }: Trail): string {
  return join(dirname(dirname(cursorFile)), 'out', 'audit.jsonl');
}

test('a file has every record, also across rotation by name and by truncation', async (t) => {
  const journal = await trail(t);
  const path = place(journal);
  await mkdir(dirname(path));
  ship(t, journal, { use: 'file', path });
  const all = async (): Promise<readonly Came[]> => [...copied, ...(await stored(`${path}.1`, path))];
  let copied: readonly Came[] = [];
  const complete = async (): Promise<void> => {
    await until(
      async () => withoutRepeats(await all()).length === journal.durable(),
      () => 'not all there',
    );
  };
  await journal.append(50);
  await complete();
  await rename(path, `${path}.1`);
  await journal.append(50);
  await complete();
  copied = await stored(path);
  await truncate(path);
  await journal.append(50);
  await until(
    async () =>
      withoutRepeats([...(await stored(`${path}.1`)), ...copied, ...(await stored(path))]).length === journal.durable(),
    () => 'not all there',
  );
  t.deepEqual(
    withoutRepeats([...(await stored(`${path}.1`)), ...copied, ...(await stored(path))]),
    await recordsOf(journal),
  );
});

test('a folder that is missing holds the records up until it is there', async (t) => {
  const journal = await trail(t);
  const path = place(journal);
  const shipping = ship(t, journal, { use: 'file', path });
  await journal.append(50);
  await until(
    () => shipping.status()[0]?.state === 'failing',
    () => 'it does not fail',
  );
  t.regex(shipping.status()[0]?.error ?? '', /ENOENT/);
  await mkdir(dirname(path));
  await until(
    async () => (await stored(path)).length >= journal.durable(),
    () => 'not all there',
  );
  t.deepEqual(withoutRepeats(await stored(path)), await recordsOf(journal));
});

test('what a crash left unfinished in the file does not swallow the record after it', async (t) => {
  const journal = await trail(t);
  const path = place(journal);
  await mkdir(dirname(path));
  await writeFile(path, '{"seq":1,"id":"to');
  await journal.append(20);
  ship(t, journal, { use: 'file', path });
  const lines = async (): Promise<readonly string[]> => (await readFile(path, 'utf8')).split('\n');
  await until(
    async () => (await lines()).length === journal.durable() + 2,
    () => 'not all there',
  );
  const [torn, ...records] = await lines();
  t.is(torn, '{"seq":1,"id":"to');
  t.deepEqual(withoutRepeats(records.filter((line) => line !== '').map(recordIn)), await recordsOf(journal));
});

test('the file is for its owner only', async (t) => {
  const journal = await trail(t);
  const path = place(journal);
  await mkdir(dirname(path));
  ship(t, journal, { use: 'file', path });
  await until(
    async () => (await stored(path)).length > 0,
    () => 'not there',
  );
  t.is((await stat(path)).mode & 0o777, 0o600);
});
