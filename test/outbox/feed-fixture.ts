import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { hashLine, readJournal, type Journal } from '../../lib/journal/index.js';
import { SinkFeed, type SinkFeedOptions } from '../../lib/outbox/feed/sink-feed.js';
import type { SinkEvent } from '../../lib/outbox/index.js';
import type { SinkRecord, Sink } from '../../lib/outbox/sinks/index.js';
import type { Delivery } from '../../lib/outbox/receivers/index.js';
import { orHung, until } from '../fixtures/waiting.js';
import { collect, opened, temporaryFolder } from '../journal/temporary.js';

/** A sink of the test's own: what came, and what it answers next. */
export interface Scripted {
  readonly sink: Sink;
  readonly seqs: () => readonly number[];
  readonly batches: readonly (readonly SinkRecord[])[];
}

/** Makes a sink that answers as `answer` says, given the batch and how many came before. */
export function scripted(
  answer: (batch: readonly SinkRecord[], before: number) => Delivery | Promise<Delivery> = () => ({ kind: 'accepted' }),
  settleMs = 0,
): Scripted {
  const batches: (readonly SinkRecord[])[] = [];
  const accepted: number[] = [];
  const send: Sink['send'] = async (batch) => {
    batches.push(batch);
    const delivery = await answer(batch, batches.length - 1);
    if (delivery.kind === 'accepted') accepted.push(...batch.map(({ seq }) => seq));
    return delivery;
  };
  return { sink: { send, settleMs, close: () => Promise.resolve() }, seqs: () => accepted, batches };
}

/** A journal in a folder of the test's own, and a place for cursors. */
export interface Trail {
  readonly journal: Journal;
  readonly directory: string;
  readonly cursorFile: string;
  readonly durable: () => number;
  readonly append: (count: number) => Promise<void>;
  /** Appends until the journal has so many lines, with those that it writes itself. */
  readonly fillTo: (count: number) => Promise<void>;
}

/** Opens a journal; it is closed with the test. */
export async function trail(t: ExecutionContext, segmentBytes = 64 * 1024 * 1024): Promise<Trail> {
  const folder = await temporaryFolder(t);
  const directory = join(folder, 'journal');
  const journal = await opened(t, { directory, segmentBytes });
  const durable = (): number => journal.state().seq;
  const append = async (count: number): Promise<void> => {
    const written = Array.from({ length: count }, (_, n) => journal.append({ kind: 'test', content: { n } }));
    for (const each of await Promise.all(written)) if (each.kind !== 'receipt') throw new Error(each.detail);
  };
  return {
    journal,
    directory,
    cursorFile: join(folder, 'sinks', 'test.cursor'),
    durable,
    append,
    fillTo: (count) => append(count - durable()),
  };
}

/** A feed under test, with all that it events. */
export interface Feeding {
  readonly feed: SinkFeed;
  readonly events: readonly SinkEvent[];
  /** Waits until the sink's cursor is at a record. */
  readonly settledAt: (seq: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Feeds a sink from a trail, in small batches and without waiting long for anything. */
export function feed(
  t: ExecutionContext,
  { directory, durable, cursorFile }: Trail,
  sink: Sink,
  more: Partial<SinkFeedOptions> = {},
): Feeding {
  const events: SinkEvent[] = [];
  const feed = new SinkFeed({
    name: 'test',
    source: { directory, durable },
    cursorFile,
    openSink: () => sink,
    render: ({ seq, time, kind, boot, bytes }, id) => {
      return { seq, id, time, kind, boot, text: bytes.toString('latin1').trimEnd(), object: 'none' };
    },
    from: 'oldest',
    onRefused: 'retry',
    limits: { records: 10, bytes: 1024 * 1024, waitMs: 1 },
    clock: brisk(),
    onEvent: (event) => events.push(event),
    pollMs: 1,
    ...more,
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await orHung(feed.close(10_000), () => 'the feed does not end');
    closed = true;
  };
  t.teardown(() => feed.close(0));
  const settledAt = (seq: number): Promise<void> =>
    until(
      () => feed.settled >= seq,
      () => `settled at ${feed.settled}, not ${seq}: ${JSON.stringify(feed.status())}`,
    );
  return { feed, events, settledAt, close };
}

/** Time as it is, but nobody waits for longer than a moment. */
export function brisk(): SinkFeedOptions['clock'] {
  return {
    now: Date.now,
    mono: () => performance.now(),
    random: () => 0,
    sleep: async (ms, signal) => {
      await delay(Math.min(ms, 2), undefined, { signal }).catch(() => undefined);
    },
  };
}

/** Every record of a trail, as `seq id`. */
export async function recordsOf({ directory }: Pick<Trail, 'directory'>): Promise<readonly string[]> {
  const lines = await collect(readJournal(directory));
  return lines.map((line) => (line.read === 'line' ? `${line.seq} ${hashLine(line.bytes)}` : 'damaged'));
}

/** The numbers from one to another. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
