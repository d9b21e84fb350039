import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openJournal } from '../../../lib/journal/index.js';
import { unavailable } from '../../../lib/outbox/receivers/index.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { feed, range, recordsOf, scripted, trail } from '../feed-fixture.js';

test('every durable record is sent, in order and once, and a start goes on where the last one stood', async (t) => {
  const journal = await trail(t, 64 * 1024);
  await journal.append(400);
  const sink = scripted();
  const first = feed(t, journal, sink.sink);
  await journal.append(400);
  await first.settledAt(journal.durable());
  await first.close();
  await journal.append(50);
  const second = feed(t, journal, sink.sink);
  await second.settledAt(journal.durable());
  t.deepEqual(sink.seqs(), range(1, journal.durable()));
  t.deepEqual(
    sink.batches.flat().map(({ seq, id }) => `${seq} ${id}`),
    await recordsOf(journal),
  );
  t.deepEqual([...first.events, ...second.events], []);
  t.true(sink.batches.every((batch) => batch.length <= 10));
});

test('a record that is in the file and not yet durable is not sent', async (t) => {
  const journal = await trail(t);
  await journal.append(20);
  let durable = 5;
  const sink = scripted();
  const feeding = feed(t, { ...journal, durable: () => durable }, sink.sink);
  await feeding.settledAt(5);
  t.deepEqual(sink.seqs(), range(1, 5));
  durable = 9;
  await feeding.settledAt(9);
  t.deepEqual(sink.seqs(), range(1, 9));
});

test('a sink that hangs for ever holds up no append, and does not keep the end', async (t) => {
  const journal = await trail(t);
  const sink = scripted(() => new Promise(() => undefined));
  const feeding = feed(t, journal, sink.sink);
  await journal.append(5_000);
  await until(
    () => sink.batches.length === 1,
    () => 'nothing was sent',
  );
  await journal.append(5_000);
  t.is(sink.batches.length, 1);
  t.is(feeding.feed.status().lag.records, journal.durable());
  await orHung(feeding.feed.close(0), () => 'held up by the sink');
});

test('what a receiver does not take is sent again, with the same id, until it does', async (t) => {
  const journal = await trail(t);
  await journal.append(30);
  const sink = scripted((_batch, before) => (before < 5 ? unavailable('down') : { kind: 'accepted' }));
  const feeding = feed(t, journal, sink.sink);
  await feeding.settledAt(journal.durable());
  t.deepEqual(sink.seqs(), range(1, journal.durable()));
  t.is(new Set(sink.batches.slice(0, 6).map((batch) => batch.map(({ id }) => id).join())).size, 1);
  t.deepEqual(
    feeding.events.map(({ kind }) => kind),
    ['failing', 'works_again'],
  );
});

test('INVARIANT: what was sent and not written down as sent is sent again', async (t) => {
  const journal = await trail(t);
  await journal.append(40);
  const sink = scripted();
  const crashing = feed(t, journal, sink.sink, { saveCursor: () => new Promise(() => undefined) });
  await until(
    () => sink.seqs().length > 0,
    () => 'nothing was sent',
  );
  await crashing.feed.close(0);
  const feeding = feed(t, journal, sink.sink);
  await feeding.settledAt(journal.durable());
  const seqs = sink.seqs();
  t.deepEqual([...new Set(seqs)], range(1, journal.durable()), 'nothing is missing');
  t.is(seqs.filter((seq) => seq === 1).length, 2, 'the first batch came twice');
});

test('a cursor that cannot be written is events, and sending goes on', async (t) => {
  const journal = await trail(t);
  await journal.append(40);
  const sink = scripted();
  const feeding = feed(t, journal, sink.sink, {
    saveCursor: () => Promise.resolve({ kind: 'failed', detail: 'disk full' }),
  });
  await until(
    () => sink.seqs().length === journal.durable(),
    () => 'not all sent',
  );
  await until(
    () => feeding.events.length > 0,
    () => 'not events',
  );
  t.deepEqual(feeding.events, [{ kind: 'cursor_unwritable', detail: 'disk full' }]);
  t.regex(feeding.feed.status().error, /cursor cannot be written/);
  t.is(feeding.feed.settled, 0);
});

test('records that retention removed before they were sent are events as a gap', async (t) => {
  const journal = await trail(t, 64 * 1024);
  await journal.append(10);
  const sink = scripted();
  const first = feed(t, journal, sink.sink);
  const before = journal.durable();
  await first.settledAt(before);
  await first.close();
  for (let batch = 0; batch < 10; batch += 1) await journal.append(200);
  const [oldest = '', second = ''] = (await readdir(journal.directory))
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  await rm(join(journal.directory, oldest));
  await rm(join(journal.directory, second));
  const feeding = feed(t, journal, sink.sink);
  await feeding.settledAt(journal.durable());
  const next = sink.seqs()[before] ?? 0;
  t.true(next > before + 1);
  t.deepEqual(feeding.events, [{ kind: 'gap', from: before + 1, to: next - 1 }]);
  t.deepEqual(sink.seqs(), [...range(1, before), ...range(next, journal.durable())]);
  t.like(feeding.feed.status().missed, { records: next - 1 - before });
});

test('a journal that was replaced is noticed, and sent from its oldest record', async (t) => {
  const journal = await trail(t);
  await journal.append(10);
  const sink = scripted();
  const first = feed(t, journal, sink.sink);
  const before = journal.durable();
  await first.settledAt(before);
  await first.close();
  for (const count of [20, 3]) {
    const other = await trail(t);
    await other.append(count);
    const there = scripted();
    const feeding = feed(t, { ...other, cursorFile: journal.cursorFile }, there.sink);
    await feeding.settledAt(other.durable());
    t.is(feeding.events[0]?.kind, 'journal_replaced', String(count));
    t.deepEqual(there.seqs(), range(1, other.durable()));
    await feeding.close();
  }
});

test('a cursor that cannot be read is events, and all is sent again', async (t) => {
  const journal = await trail(t);
  await journal.append(10);
  const sink = scripted();
  const first = feed(t, journal, sink.sink);
  await first.settledAt(journal.durable());
  await first.close();
  await writeFile(journal.cursorFile, 'torn');
  const feeding = feed(t, journal, sink.sink);
  await until(
    () => sink.seqs().length === 2 * journal.durable(),
    () => 'not sent again',
  );
  t.is(feeding.events[0]?.kind, 'cursor_unreadable');
});

test('a feed from now on leaves out what was there, and nothing that comes before the first is accepted', async (t) => {
  const journal = await trail(t);
  await journal.append(10);
  const before = journal.durable();
  const down = scripted(() => unavailable('down'));
  const first = feed(t, journal, down.sink, { from: 'now' });
  await until(
    () => first.feed.settled === before,
    () => 'no cursor',
  );
  await journal.append(5);
  await until(
    () => down.batches.length > 0,
    () => 'nothing was tried',
  );
  await first.feed.close(0);
  const sink = scripted();
  const second = feed(t, journal, sink.sink, { from: 'now' });
  await second.settledAt(journal.durable());
  t.deepEqual(sink.seqs(), range(before + 1, journal.durable()));
});

test('one refused record among many is found; by default it waits with an alarm and the others before it are there', async (t) => {
  const journal = await trail(t);
  await journal.append(30);
  const sink = scripted((batch) =>
    batch.some(({ seq }) => seq === 17) ? { kind: 'refused', detail: 'too odd' } : { kind: 'accepted' },
  );
  const feeding = feed(t, journal, sink.sink);
  await until(
    () => feeding.feed.status().refused === 17,
    () => JSON.stringify(feeding.feed.status()),
  );
  t.deepEqual(sink.seqs(), range(1, 16));
  t.is(feeding.events.filter(({ kind }) => kind === 'refused').length, 1);
  t.like(feeding.feed.status(), { state: 'failing', error: 'too odd', skipped: 0 });
});

test('a refused record is left out where the configuration says so, and that is events with its number and id', async (t) => {
  const journal = await trail(t);
  await journal.append(30);
  const odd = new Set([11, 17, 18]);
  const sink = scripted((batch) =>
    batch.some(({ seq }) => odd.has(seq)) ? { kind: 'refused', detail: 'too odd' } : { kind: 'accepted' },
  );
  const feeding = feed(t, journal, sink.sink, { onRefused: 'skip' });
  await feeding.settledAt(journal.durable());
  t.deepEqual(
    sink.seqs(),
    range(1, journal.durable()).filter((seq) => !odd.has(seq)),
  );
  const records = await recordsOf(journal);
  t.deepEqual(
    feeding.events.flatMap((event) => (event.kind === 'skipped' ? [`${event.seq} ${event.id}`] : [])),
    records.filter((_, index) => odd.has(index + 1)),
  );
  t.is(feeding.feed.status().skipped, 3);
});

test('what a receiver took last is sent again when it goes away before that has settled', async (t) => {
  const journal = await trail(t);
  await journal.fillTo(30);
  const sink = scripted((_batch, before) => (before === 2 ? unavailable('gone') : { kind: 'accepted' }), 3_600_000);
  const feeding = feed(t, journal, sink.sink);
  await until(
    () => sink.seqs().length === 50,
    () => String(sink.seqs()),
  );
  t.deepEqual(sink.seqs(), [...range(1, 20), ...range(1, 30)], 'the third batch failed, so all was sent again');
  t.is(feeding.feed.settled, 0);
});

test('a receiver that goes away while nothing is sent makes what it took last be sent again', async (t) => {
  const journal = await trail(t);
  await journal.fillTo(10);
  const sink = scripted(undefined, 3_600_000);
  let lost = (): void => undefined;
  feed(t, journal, sink.sink, {
    openSink: (onLost) => {
      lost = onLost;
      return sink.sink;
    },
  });
  await until(
    () => sink.seqs().length === 10,
    () => String(sink.seqs()),
  );
  lost();
  await until(
    () => sink.seqs().length === 20,
    () => String(sink.seqs()),
  );
  t.deepEqual(sink.seqs(), [...range(1, 10), ...range(1, 10)]);
});

test('a receiver that goes away again and again still gets everything, and its cursor moves', async (t) => {
  const journal = await trail(t);
  await journal.fillTo(30);
  const sink = scripted((_batch, before) => (before % 2 === 1 ? unavailable('gone') : { kind: 'accepted' }), 3_600_000);
  const feeding = feed(t, journal, sink.sink);
  await feeding.settledAt(20);
  const seqs = sink.seqs();
  t.deepEqual([...new Set(seqs)].slice(0, 20), range(1, 20));
  t.is(seqs.filter((seq) => seq === 1).length, 11, 'sent again ten times');
});

test('kinds that a sink does not take are passed over, and their place is kept', async (t) => {
  const journal = await trail(t);
  await journal.fillTo(11);
  await journal.journal.append({ kind: 'other', content: {} });
  await journal.append(10);
  const sink = scripted();
  const feeding = feed(t, journal, sink.sink, {
    render: ({ seq, time, kind, boot }, id) =>
      kind === 'other' ? { seq, id, time, kind, boot, text: '', object: 'none' } : 'unwanted',
  });
  await feeding.settledAt(journal.durable());
  t.deepEqual(sink.seqs(), [12]);
  t.is(feeding.feed.status().lag.records, 0);
});

test('a line that cannot be read stops the feed there, with an alarm, until it is fixed', async (t) => {
  const journal = await trail(t);
  await journal.fillTo(21);
  const sink = scripted();
  await journal.journal.close();
  const segment = (await readdir(journal.directory)).find((name) => name.endsWith('.jsonl')) ?? '';
  const path = join(journal.directory, segment);
  const whole = await readFile(path, 'latin1');
  await writeFile(path, whole.replace('"seq":8,', '"seq":x,'), 'latin1');
  const feeding = feed(t, { ...journal, durable: () => 21 }, sink.sink);
  await until(
    () => feeding.feed.status().state === 'failing',
    () => 'no alarm',
  );
  t.deepEqual(sink.seqs(), range(1, 7));
  await writeFile(path, whole, 'latin1');
  await feeding.settledAt(21);
  t.deepEqual(sink.seqs(), range(1, 21));
  t.is((await openJournal({ directory: journal.directory })).kind, 'journal');
});

test('closing ships what is durable by then', async (t) => {
  const journal = await trail(t);
  const sink = scripted();
  const feeding = feed(t, journal, sink.sink, { limits: { records: 1_000, bytes: 1e6, waitMs: 60_000 } });
  await journal.append(100);
  await feeding.close();
  t.deepEqual(sink.seqs(), range(1, journal.durable()));
});

test('a batch is never larger than its limits, and memory holds no more than one', async (t) => {
  const journal = await trail(t);
  await journal.append(200);
  const sink = scripted();
  const feeding = feed(t, journal, sink.sink, { limits: { records: 1_000, bytes: 2_000, waitMs: 1 } });
  await feeding.settledAt(journal.durable());
  const sizes = sink.batches.map((batch) => batch.reduce((sum, { text }) => sum + text.length, 0));
  t.true(
    sizes.every((size) => size < 2_000 + 8_192),
    String(sizes),
  );
  t.true(sink.batches.length > 10);
});
