import { once } from 'node:events';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { FileTransport, LostLines, readFileOptions } from '../../../lib/outbox/rotating-file/index.js';
import { folderOf } from '../../cli/command.js';

const MESSAGE = Symbol.for('message');
const LEVEL = Symbol.for('level');

async function folder(t: ExecutionContext): Promise<string> {
  return (await folderOf(t)).path;
}

/** Writes lines as one process that starts, logs and ends. */
async function writeLines(path: string, options: object, lines: readonly string[]): Promise<readonly Error[]> {
  const read = readFileOptions({ filename: 'tidegate.log', ...options }, path);
  if ('kind' in read) throw new Error(read.detail);
  const transport = new FileTransport(read);
  const warnings: Error[] = [];
  transport.on('warn', (error: Error) => warnings.push(error));
  for (const line of lines) {
    const over = new AbortController();
    const events = ['logged', 'warn'].map((event) => once(transport, event, over).catch(() => undefined));
    transport.write({ [MESSAGE]: line, [LEVEL]: 'info' });
    await Promise.race(events);
    over.abort();
  }
  await new Promise<void>((resolve) => transport.end(resolve));
  return warnings;
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${String(from + index).padStart(4, '0')}`);

test('lines are appended to what is there, and confirmed once they are written', async (t) => {
  const path = await folder(t);
  await writeLines(path, {}, ['one', 'two']);
  await writeLines(path, { dirname: '.', eol: '\r\n' }, ['three']);
  t.is(await readFile(join(path, 'tidegate.log'), 'utf8'), 'one\ntwo\nthree\r\n');
});

test('a file is left before it exceeds its size, and the newest files are kept, over restarts too', async (t) => {
  const path = await folder(t);
  const options = { maxsize: 100, maxFiles: 3 };
  for (let start = 0; start < 6; start++) await writeLines(path, options, numbered(start * 20, start * 20 + 19));
  const names = (await readdir(path)).sort();
  t.is(names.length, 3, names.join());
  t.true(names.includes('tidegate.log'));
  const [older = '', old = ''] = names
    .filter((name) => name !== 'tidegate.log')
    .sort((a, b) => numberOf(a) - numberOf(b));
  const kept = await Promise.all([older, old, 'tidegate.log'].map((name) => readFile(join(path, name), 'utf8')));
  for (const text of kept) t.true(text.length <= 100, `${text.length}`);
  const lines = kept.join('').trimEnd().split('\n');
  t.deepEqual(lines, numbered(120 - lines.length, 119));
});

function numberOf(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

test('older files can be compressed, and count among those that are kept', async (t) => {
  const path = await folder(t);
  await writeLines(path, { maxsize: 50, maxFiles: 2, zippedArchive: true }, numbered(0, 30));
  const names = (await readdir(path)).sort();
  t.is(names.length, 2, names.join());
  const [archive = ''] = names;
  t.regex(archive, /^tidegate\.\d+\.log\.gz$/);
  t.regex(gunzipSync(await readFile(join(path, archive))).toString(), /^(line \d{4}\n)+$/);
});

test('with one file at most, it is begun again, and files of other names are never removed', async (t) => {
  const path = await folder(t);
  const others = ['tidegate2.log', 'tidegate.txt', 'tidegate.old.log', 'other.1.log'];
  for (const name of others) await writeFile(join(path, name), 'mine');
  await writeLines(path, { maxsize: 30, maxFiles: 1 }, numbered(0, 10));
  t.deepEqual((await readdir(path)).sort(), [...others, 'tidegate.log'].sort());
});

test('a file that was moved away is made again', async (t) => {
  const path = await folder(t);
  const read = readFileOptions({ filename: 'tidegate.log' }, path);
  if ('kind' in read) return t.fail(read.detail);
  const transport = new FileTransport(read);
  for (const line of ['before', 'after']) {
    const logged = once(transport, 'logged');
    transport.write({ [MESSAGE]: line, [LEVEL]: 'info' });
    await logged;
    if (line === 'before') await rename(join(path, 'tidegate.log'), join(path, 'moved'));
  }
  transport.destroy();
  t.is(await readFile(join(path, 'moved'), 'utf8'), 'before\n');
  t.is(await readFile(join(path, 'tidegate.log'), 'utf8'), 'after\n');
});

test('lines below the level of the transport are left out', async (t) => {
  const path = await folder(t);
  const read = readFileOptions({ filename: 'tidegate.log', level: 'warn' }, path);
  if ('kind' in read) return t.fail(read.detail);
  const transport = new FileTransport(read);
  transport.write({ [MESSAGE]: 'quiet', [LEVEL]: 'info' });
  transport.write({ [MESSAGE]: 'loud', [LEVEL]: 'error' });
  await new Promise<void>((resolve) => transport.end(resolve));
  t.is(await readFile(join(path, 'tidegate.log'), 'utf8'), 'loud\n');
});

test('lines that cannot be written are counted, and the next line tries again', async (t) => {
  const path = await folder(t);
  await writeFile(join(path, 'logs'), 'a file where the folder is to be');
  const lost = await writeLines(path, { dirname: 'logs' }, ['one', 'two']);
  t.is(lost.length, 2);
  for (const error of lost) t.like(error, { constructor: LostLines, lines: 1 });
  await rename(join(path, 'logs'), join(path, 'away'));
  t.deepEqual(await writeLines(path, { dirname: 'logs' }, ['three']), []);
  t.is(await readFile(join(path, 'logs/tidegate.log'), 'utf8'), 'three\n');
});
