/**
 * `journal.js [--quick]`: what a record costs, how many are durable in a second beside the bare disk, how long a start and a
 * check take. On the disk of the temporary folder; rounds are interleaved, medians and spread are told.
 */
import { open, mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, readLast, verifyJournal, type Journal } from '../../lib/journal/index.js';
import { encodeContent, hashLine, NO_LINE, sealLine } from '../../lib/journal/lines/line.js';
import { entry } from './entry.js';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 5;
const ROUND_MS = quick ? 200 : 600;
const MEBIBYTE = 1024 * 1024;

const head = { seq: 123456, time: '2026-01-31T12:00:00.000Z', mono: 81230, boot: '0123456789abcdef', batch: 123400 };
const sample = sealLine({ ...head, kind: entry.kind, prev: NO_LINE }, encodeContent(entry.content));

/** What is measured, over and over, in turn: each gives one figure. */
const parts: Readonly<Record<string, () => Promise<number> | number>> = {
  'encode and hash, µs a record': encodeAndHash,
  'bare write + fdatasync of one record, /s': () => bare(1),
  'bare write + fdatasync of 256 records at once, records/s': () => bare(256),
  'journal, 1 waiting, durable/s': () => durable(1),
  'journal, 8 waiting, durable/s': () => durable(8),
  'journal, 32 waiting, durable/s': () => durable(32),
  'journal, 256 waiting, durable/s': () => durable(256),
  'journal, 256 waiting, p50 of an append, ms': () => waitOf(256, 0.5),
  'journal, 256 waiting, p99 of an append, ms': () => waitOf(256, 0.99),
  'journal, 256 waiting, CPU µs a record, all of it': cpuOfDurable,
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-journal-'));
try {
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  say(`journal: ${machine}, ${ROUNDS} interleaved rounds, records of ${sample.length} bytes`);
  await measureParts();
  await measureLongJournal();
  await measureRestart();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureParts(): Promise<void> {
  const figures = new Map<string, number[]>(Object.keys(parts).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [name, measure] of Object.entries(parts)) {
      const figure = await measure();
      if (round >= 0) figures.get(name)?.push(figure);
    }
  }
  for (const [name, values] of figures) {
    const sorted = values.toSorted((a, b) => a - b);
    const [median, low, high] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((value = 0) => short(value));
    say(`${name.padEnd(58)}${median?.padStart(9)}   (${low}–${high})`);
  }
}

function short(figure: number): string {
  return figure < 100 ? figure.toFixed(2) : Math.round(figure).toLocaleString('en');
}

/** The least of many runs that are shorter than the kernel's time slices: what else runs here does not count. */
function encodeAndHash(): number {
  const runs = Array.from({ length: 200 }, () => {
    const start = process.hrtime.bigint();
    encodeMany(100);
    return Number(process.hrtime.bigint() - start) / 1000 / 100;
  });
  return Math.min(...runs);
}

function encodeMany(count: number): void {
  const { time, mono, boot, batch } = head;
  let prev = NO_LINE;
  for (let seq = 1; seq <= count; seq += 1) {
    const line = sealLine({ seq, time, mono, boot, kind: entry.kind, batch, prev }, encodeContent(entry.content));
    prev = hashLine(line);
  }
}

/** CPU time of this process since a moment, so that what else runs on the machine counts less. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

async function bare(records: number): Promise<number> {
  const bytes = Buffer.from(sample.repeat(records), 'latin1');
  const path = join(folder, 'bare');
  const file = await open(path, 'a');
  let written = 0;
  const seconds = await forAWhile(async () => {
    await file.write(bytes);
    await file.datasync();
    written += records;
  });
  await file.close();
  await rm(path);
  return written / seconds;
}

/** How long appends take from the call to the receipt: the given part of them at most so long. */
async function waitOf(waiting: number, part: number): Promise<number> {
  const waits: number[] = [];
  await durable(waiting, (milliseconds) => waits.push(milliseconds));
  const sorted = waits.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? NaN;
}

async function durable(waiting: number, told: (milliseconds: number) => void = () => undefined): Promise<number> {
  const directory = join(folder, 'durable');
  const journal = await opened(directory);
  let receipts = 0;
  const until = Date.now() + ROUND_MS;
  const caller = async (): Promise<void> => {
    while (Date.now() < until) {
      const asked = performance.now();
      const answer = await journal.append(entry);
      if (answer.kind === 'not_written') throw new Error(answer.detail);
      told(performance.now() - asked);
      receipts += 1;
    }
  };
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: waiting }, caller));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  await journal.close();
  await rm(directory, { recursive: true });
  // The key stays: making one is not what is measured.
  return receipts / seconds;
}

async function cpuOfDurable(): Promise<number> {
  const before = process.cpuUsage();
  const rate = await durable(256);
  return (cpuMs(before) * 1000) / (rate * (ROUND_MS / 1000));
}

async function forAWhile(step: () => Promise<void>): Promise<number> {
  const until = Date.now() + ROUND_MS;
  const start = process.hrtime.bigint();
  while (Date.now() < until) await step();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function opened(directory: string, segmentBytes = 1e12): Promise<Journal> {
  const journal = await openJournal({ directory, segmentBytes });
  if (journal.kind !== 'journal') throw new Error(journal.detail);
  return journal;
}

/** What takes longer the longer a segment is: one of 64 MiB, which is when the next one is begun. */
async function measureLongJournal(): Promise<void> {
  const directory = join(folder, 'long');
  await grow(await opened(directory), 64 * MEBIBYTE);
  const { size } = await stat(join(directory, 'segment-00000001.jsonl'));
  say(`a segment of ${(size / 1024 / 1024).toFixed(0)} MiB, CPU time, best of 3:`);
  say(`  opening                 ${short(await bestOf(async () => (await opened(directory)).close()))} ms`);
  say(`  checking the chain      ${short(await bestOf(() => verifyJournal(directory)))} ms`);
  say(`  reading the last 50     ${short(await bestOf(() => readLast(directory, 50)))} ms`);
}

/** Appends records of so many bytes in all, and closes the journal. */
async function grow(journal: Journal, bytes: number): Promise<void> {
  for (let grown = 0; grown < bytes; grown += 10_000 * sample.length) {
    await Promise.all(Array.from({ length: 10_000 }, () => journal.append(entry)));
  }
  await journal.close();
}

/** How soon a start takes its first record, after a big journal was left in the middle of a segment. */
async function measureRestart(): Promise<void> {
  const bytes = (quick ? 128 : 1024) * MEBIBYTE + 32 * MEBIBYTE;
  const directory = join(folder, 'restarted');
  await grow(await opened(directory, 64 * MEBIBYTE), bytes);
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const start = process.hrtime.bigint();
    const journal = await opened(directory, 64 * MEBIBYTE);
    await journal.append(entry);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
    await journal.close();
  }
  say(
    `a journal of ${(bytes / MEBIBYTE).toFixed(0)} MiB: a start takes its first record after ${times.map(short).join(', ')} ms`,
  );
}

async function bestOf(work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage();
    await work();
    best = Math.min(best, cpuMs(before));
  }
  return best;
}
