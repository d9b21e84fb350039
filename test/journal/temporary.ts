import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import {
  openJournal,
  readJournal,
  type Journal,
  type JournalOptions,
  type NotWritten,
  type ReadLine,
  type Receipt,
} from '../../lib/journal/index.js';
import { listSegments } from '../../lib/journal/lines/segments.js';

/** In memory, where that can be had: these tests open thousands of journals, and a sync costs nothing there. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Gives a folder of the test's own, removed when it ends. */
export async function temporaryFolder(t: ExecutionContext, place = PLACE): Promise<string> {
  const folder = await mkdtemp(join(place, 'tidegate-journal-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  // Not the folder itself: a journal's key lies beside it.
  const inner = join(folder, 'journal');
  await mkdir(inner);
  return inner;
}

/** Opens a journal that must open; it is closed when the test ends. */
export async function opened(t: ExecutionContext, options: JournalOptions): Promise<Journal> {
  const journal = await openJournal(options);
  if (journal.kind !== 'journal') throw new Error(`${journal.kind}: ${journal.detail}`);
  t.teardown(() => journal.close());
  return journal;
}

/** A closed journal of four small segments. */
export async function fourSegments(t: ExecutionContext, options: Partial<JournalOptions> = {}): Promise<string> {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 4000, ...options });
  for (let n = 0; (await listSegments(directory)).length < 4; n += 1) await appendMany(journal, 2, n * 2);
  await journal.close();
  return directory;
}

/** Appends many at once. */
export function appendMany(journal: Journal, count: number, from = 0): Promise<readonly (Receipt | NotWritten)[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => journal.append({ kind: 'test', content: { n: from + index } })),
  );
}

/** Collects what an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Reads a journal whole; a damaged line stands as `damaged`. */
export async function kindsOf(directory: string): Promise<readonly string[]> {
  const lines: readonly ReadLine[] = await collect(readJournal(directory));
  return lines.map((line) => (line.read === 'line' ? line.kind : 'damaged'));
}
