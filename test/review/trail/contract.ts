import test from 'ava';
import type { AuditRecord } from '../../../lib/audit/index.js';
import { hashLine, type Line, type ReadLine } from '../../../lib/journal/index.js';
import type { ReadOptions, Trail } from '../../../lib/review/trail/trail.js';
import { after } from '../decisions.js';
import { decision, idOf } from '../journals.js';

/** An empty trail, and a way to write to it. */
export interface TestTrail {
  readonly trail: Trail;
  /** Writes records, each at the time of its decision, and waits until the trail gives them. */
  readonly write: (...records: readonly AuditRecord[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Declares the tests that every implementation of `Trail` must pass. */
export function testTrail(name: string, open: () => Promise<TestTrail>): void {
  const withTrail = async (run: (tested: TestTrail) => Promise<void>): Promise<void> => {
    const tested = await open();
    try {
      await run(tested);
    } finally {
      await tested.remove();
    }
  };

  test(`${name}: lines are read in both orders, numbered without gaps and chained by their hashes`, (t) =>
    withTrail(async ({ trail, write }) => {
      await write(...decisions(20));
      const lines = await linesOf(trail, { order: 'oldest_first' });
      t.deepEqual(
        lines.map(({ seq }) => seq),
        lines.map((_, index) => index + 1),
      );
      for (const [index, { prev }] of lines.slice(1).entries()) t.is(prev, hashLine(lines[index]?.bytes ?? ''));
      t.deepEqual(await linesOf(trail, { order: 'newest_first' }), lines.toReversed());
      t.deepEqual(attemptsIn(lines), attemptIds(0, 20));
    }));

  test(`${name}: a range includes its first sequence number and excludes the one after its last`, (t) =>
    withTrail(async ({ trail, write }) => {
      await write(...decisions(20));
      for (const order of ['oldest_first', 'newest_first'] as const) {
        for (const [fromSeq, beforeSeq] of [
          [5, 9],
          [1, 2],
          [9, 9],
          [15, 1000],
        ] as const) {
          const found = (await linesOf(trail, { order, fromSeq, beforeSeq })).map(({ seq }) => seq);
          const all = (await linesOf(trail, { order })).map(({ seq }) => seq);
          t.deepEqual(
            found,
            all.filter((seq) => seq >= fromSeq && seq < beforeSeq),
            `${order} ${fromSeq} ${beforeSeq}`,
          );
        }
      }
    }));

  test(`${name}: a prefilter sees every line right before it would be given, and keeps out what it rejects`, (t) =>
    withTrail(async ({ trail, write }) => {
      await write(...decisions(20));
      for (const order of ['oldest_first', 'newest_first'] as const) {
        const seen: string[] = [];
        let last = '';
        const prefilter = (bytes: Buffer): boolean => {
          last = bytes.toString('latin1');
          seen.push(last);
          return last.includes(idOf(3)) || last.includes(idOf(7));
        };
        const found: Line[] = [];
        for await (const line of trail.read({ order, prefilter })) {
          t.is(line.bytes.toString('latin1'), last);
          if (line.read === 'line') found.push(line);
        }
        t.deepEqual(attemptsIn(found), order === 'oldest_first' ? [idOf(3), idOf(7)] : [idOf(7), idOf(3)]);
        t.deepEqual(
          seen,
          (await linesOf(trail, { order })).map(({ bytes }) => bytes.toString('latin1')),
        );
      }
    }));

  test(`${name}: every line of a period is located, and little of what is far from it`, (t) =>
    withTrail(async ({ trail, write }) => {
      const hours = Array.from({ length: 40 }, (_, hour) => decision(hour * 3600));
      await write(...hours);
      const at = (hour: number): string => after(hour * 3_600_000).toISOString();
      for (const [since, until] of [
        [10, 12],
        [0, 40],
        [39, 60],
      ] as const) {
        const { from, to } = await trail.locate({ since: at(since), until: at(until) });
        const found = attemptsIn(await linesOf(trail, { order: 'oldest_first', fromSeq: from, beforeSeq: to + 1 }));
        const wanted = hours.slice(since, until).map(({ id }) => id);
        t.deepEqual(
          found.filter((id) => wanted.includes(id)),
          wanted,
        );
        t.true(found.length <= wanted.length + 6, `${found.length} attempts located for ${wanted.length}`);
      }
      const newest = (await linesOf(trail, { order: 'newest_first' }))[0]?.seq ?? 0;
      t.deepEqual(await trail.locate({}), { from: 1, to: newest });
      t.is((await trail.locate({ since: at(10) })).to, newest);
      t.is((await trail.locate({ until: at(10) })).from, 1);
    }));

  test(`${name}: a trail that was never written is empty`, (t) =>
    withTrail(async ({ trail }) => {
      const { from, to } = await trail.locate({ since: after(0).toISOString() });
      t.deepEqual(attemptsIn(await linesOf(trail, { order: 'oldest_first', fromSeq: from, beforeSeq: to + 1 })), []);
      t.deepEqual(attemptsIn(await linesOf(trail, { order: 'newest_first' })), []);
    }));

  test(`${name}: following gives what is written from then on, until the signal`, (t) =>
    withTrail(async ({ trail, write }) => {
      await write(...decisions(3));
      const stop = new AbortController();
      const found: Line[] = [];
      const following = (async () => {
        for await (const line of trail.follow(stop.signal)) {
          if (line.read === 'line') found.push(line);
          if (attemptsIn(found).includes(idOf(30))) stop.abort();
        }
      })();
      // Following begins at some moment after the call: records are written until it gives the first one.
      let number = 4;
      for (; found.length === 0; number += 1) {
        await write(decision(number));
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (number > 28) break;
      }
      await write(decision(30));
      await following;
      const ids = attemptsIn(found);
      t.false(ids.some((id) => attemptIds(0, 3).includes(id)));
      t.is(ids.at(-1), idOf(30));
      t.deepEqual(ids, [...new Set(ids)].sort());
    }));
}

function decisions(count: number): readonly AuditRecord[] {
  return Array.from({ length: count }, (_, number) => decision(number));
}

function attemptIds(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => idOf(from + index));
}

async function linesOf(trail: Trail, options: ReadOptions): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of trail.read(options)) lines.push(whole(line));
  return lines;
}

function whole(line: ReadLine): Line {
  if (line.read === 'damaged') throw new Error(line.detail);
  return line;
}

function attemptsIn(lines: readonly Line[]): readonly string[] {
  return lines.flatMap(({ kind, content }) => (kind === 'decision' ? [String(content['attempt'])] : []));
}
