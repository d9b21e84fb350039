import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { followJournal, type ReadLine } from '../../../lib/journal/index.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

/** Follows until so many lines have come. */
async function take(lines: AsyncIterable<ReadLine>, count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for await (const line of lines) {
    taken.push(line.read === 'line' ? line.seq : -1);
    if (taken.length === count) break;
  }
  return taken;
}

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test('a follower sees each line once and in order, also from segment to segment', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 20_000 });
  const { signal } = new AbortController();
  const seen = take(followJournal(directory, { fromSeq: 1, signal, pollMs: 1 }), 1000);
  for (let n = 0; n < 50; n += 1) {
    await appendMany(journal, 20, n * 20);
    await delay(1);
  }
  t.deepEqual(await seen, upTo(1, 1000));
  const state = journal.state();
  t.true(state.kind === 'writing' && state.segment > 'segment-00000002.jsonl');
});

test('without a number, a follower begins with what is written next', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 5);
  const { signal } = new AbortController();
  let seen: readonly number[] = [];
  void take(followJournal(directory, { signal, pollMs: 1 }), 2).then((numbers) => (seen = numbers));
  // Nobody knows when it has looked for the end: something is written until it has seen two lines.
  while (seen.length === 0) await Promise.all([appendMany(journal, 1), delay(10)]);
  const [first = 0, second] = seen;
  t.true(first >= 7);
  t.is(second, first + 1);
});

test('a journal may be begun after its follower', async (t) => {
  const directory = join(await temporaryFolder(t), 'later');
  const { signal } = new AbortController();
  const seen = take(followJournal(directory, { signal, pollMs: 1 }), 2);
  await delay(20);
  await appendMany(await opened(t, { directory }), 1);
  t.deepEqual(await seen, [1, 2]);
});

test('the signal ends it, also while it waits', async (t) => {
  const directory = await temporaryFolder(t);
  await opened(t, { directory });
  const stop = new AbortController();
  const lines = followJournal(directory, { fromSeq: 1, signal: stop.signal, pollMs: 60_000 });
  t.is((await lines.next()).done, false);
  t.is((await lines.next()).done, false);
  const waiting = lines.next();
  await delay(20);
  stop.abort();
  t.is((await waiting).done, true);
  t.deepEqual(await take(followJournal(directory, { signal: stop.signal }), 1), []);
});

test('lines that a full disk took back come again with what was written in their place', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 1);
  const state = journal.state();
  await appendMany(journal, 2);
  const { signal } = new AbortController();
  const lines = followJournal(directory, { fromSeq: 1, signal, pollMs: 1 });
  const next = async (): Promise<number> => {
    const { value } = await lines.next();
    return value?.read === 'line' ? value.seq : -1;
  };
  t.deepEqual([await next(), await next(), await next(), await next(), await next()], [1, 2, 3, 4, 5]);
  await journal.close();
  // The checkpoint of the stop stands in the way of the follower no longer than the two lines.
  t.is(await next(), 6);
  await truncate(join(directory, 'segment-00000001.jsonl'), state.kind === 'writing' ? state.bytes : 0);
  const waiting = next();
  await delay(500);
  await appendMany(await opened(t, { directory }), 1);
  t.is(await waiting, 4);
  await lines.return();
});
