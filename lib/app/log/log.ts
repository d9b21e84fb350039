import { write } from 'node:fs';
import { Writable } from 'node:stream';
import type { LookupFunction } from 'node:net';
import winston from 'winston';
import type { LogTransport } from '../../config/index.js';
import type { LogLine, OperatorLog } from '../../proxy/index.js';
import { loadTransport, LostLines, type TransportProblem, transportTo } from '../../outbox/receivers/index.js';
import { errorMessage, within } from '../../system/index.js';
import { coloured, type Meaning, printable, type Style } from '../terminal/index.js';

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** How the log is written, and where it goes apart from standard error. */
interface LogOptions {
  readonly level: Level;
  readonly format: 'auto' | 'human' | 'json';
  readonly transports: readonly LogTransport[];
  /** The folder that packages and files of transports are looked for in. */
  readonly folder: string;
  /** How hosts of transports are looked up. */
  readonly lookup: LookupFunction;
  /** How lines may look on standard error. */
  readonly style: Style;
}

/** The operator's log. It may lose lines: what must not be lost is in the journal. */
export interface Log extends OperatorLog {
  readonly kind: 'log';
  /** Lines dropped by any transport since the start. */
  readonly dropped: () => number;
  /** The transports that cannot write now, each with its error. */
  readonly failing: () => readonly string[];
  /** Writes what is waiting, for a second at most. */
  readonly close: () => Promise<void>;
}

/** One place the log goes to, with a separate winston logger, so that one that hangs does not stop the others. */
interface Outlet {
  readonly name: string;
  readonly logger: winston.Logger;
  /** Whether its queue has no room for another line. */
  readonly full: () => boolean;
  dropped: number;
  reportedAt: number;
  /** Its last failure, until a line is confirmed; of a transport that confirms none, for five minutes. */
  failure: { readonly detail: string; readonly at: number; readonly droppedBefore: number } | 'none';
  confirms: boolean;
}

const MAX_LINES = 1_000;
const MAX_BYTES = 1024 * 1024;
const REPORT_AGAIN_MS = 60_000;
const CLOSE_MS = 1_000;
const FAILING_MS = 300_000;

/** Opens the log with all its transports, or names the one that cannot be loaded. */
export async function openLog(options: LogOptions): Promise<Log | TransportProblem> {
  const outlets: Outlet[] = [standardError(options)];
  for (const { use, options: given } of options.transports) {
    const loaded = await loadTransport(use, given, options.folder, options.lookup);
    if (loaded.kind === 'transport_problem') return loaded;
    const outlet = outletOf(use, loaded.transport, options.level, jsonFormat);
    outlets.push(outlet);
    loaded.transport.on('logged', () => reportRecovery(outlets, outlet));
  }
  for (const outlet of outlets) {
    const failed = (error: Error): void => {
      noteFailure(outlet, error.message);
      if (error instanceof LostLines) outlet.dropped += error.lines;
      reportTrouble(outlets, outlet, error.message);
    };
    // winston's own HTTP transport says `warn` where others say `error`.
    outlet.logger.on('error', failed).on('warn', failed);
  }
  const at = (level: Level): LogLine => {
    // winston formats a line before it checks the level; most lines of a busy proxy are below it.
    if (levels.indexOf(level) < levels.indexOf(options.level)) return () => undefined;
    return (event, fields = {}) => {
      for (const outlet of outlets) writeTo(outlets, outlet, level, event, fields);
    };
  };
  return {
    kind: 'log',
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    dropped: () => outlets.reduce((sum, { dropped }) => sum + dropped, 0),
    failing: () => outlets.flatMap(failureOf),
    close: async () => {
      await Promise.all(outlets.map(finish));
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function writeTo(all: readonly Outlet[], outlet: Outlet, level: Level, event: string, fields: Fields): void {
  if (outlet.full()) {
    noteFailure(outlet, 'its queue is full');
    outlet.dropped += 1;
    reportTrouble(all, outlet, `queue is full, ${outlet.dropped} lines dropped`);
    return;
  }
  try {
    outlet.logger.log({ ...fields, level, message: event });
  } catch (error) {
    // What a transport throws in its log() comes out here; it must not become the failure of an attempt.
    noteFailure(outlet, errorMessage(error));
    outlet.dropped += 1;
    reportTrouble(all, outlet, errorMessage(error));
  }
}

/** Writes to the other outlets, once a minute at most, that one has failed. */
function reportTrouble(all: readonly Outlet[], outlet: Outlet, detail: string): void {
  const now = performance.now();
  if (now - outlet.reportedAt < REPORT_AGAIN_MS) return;
  outlet.reportedAt = now;
  const line = { level: 'warn', message: 'log transport failed; lines are lost', transport: outlet.name, detail };
  for (const other of all) if (other !== outlet && !other.full()) other.logger.log(line);
}

function noteFailure(outlet: Outlet, detail: string): void {
  const droppedBefore = outlet.failure === 'none' ? outlet.dropped : outlet.failure.droppedBefore;
  outlet.failure = { detail, at: performance.now(), droppedBefore };
}

/** Writes to every outlet, the recovered one too, that lines are written again, and how many were lost. */
function reportRecovery(all: readonly Outlet[], outlet: Outlet): void {
  outlet.confirms = true;
  const { failure } = outlet;
  if (failure === 'none') return;
  outlet.failure = 'none';
  outlet.reportedAt = -Infinity;
  const lost = outlet.dropped - failure.droppedBefore;
  const line = { level: 'info', message: 'log transport works again', transport: outlet.name, lost };
  for (const each of all) if (!each.full()) each.logger.log(line);
}

function failureOf({ name, failure, confirms }: Outlet): readonly string[] {
  if (failure === 'none' || (!confirms && performance.now() - failure.at > FAILING_MS)) return [];
  return [`${name}: ${failure.detail}`];
}

function standardError({ level, format, style }: LogOptions): Outlet {
  const human = format === 'human' || (format === 'auto' && process.stderr.isTTY);
  const stream = writableOf(2);
  const outlet = outletOf('standard error', transportTo(stream), level, human ? humanFormat(style) : jsonFormat);
  return { ...outlet, full: () => stream.writableLength >= MAX_BYTES };
}

function outletOf(name: string, transport: winston.transport, level: Level, format: winston.Logform.Format): Outlet {
  const whole = winston.format.combine(winston.format.timestamp(), format);
  const logger = winston.createLogger({ level, format: whole, transports: [transport], exitOnError: false });
  const full = (): boolean => logger.writableLength >= MAX_LINES;
  return { name, logger, full, dropped: 0, reportedAt: -Infinity, failure: 'none', confirms: name === 'file' };
}

/**
 * Writes to a descriptor without ever waiting for its reader: Node's own standard error stops the whole process while a
 * pipe is full.
 */
function writableOf(descriptor: number): Writable {
  return new Writable({
    decodeStrings: true,
    write: (line: Buffer, _encoding, done) => writeWhole(descriptor, line, done),
  });
}

function writeWhole(descriptor: number, bytes: Buffer, done: () => void): void {
  write(descriptor, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(writeWhole, 20, descriptor, bytes, done);
    else if (error === null && written < bytes.length) writeWhole(descriptor, bytes.subarray(written), done);
    // Any other error means that there is no reader left to report it to.
    else done();
  });
}

async function finish({ logger }: Outlet): Promise<void> {
  const finished = new Promise((resolve) => logger.once('finish', resolve));
  logger.end();
  await within(finished, CLOSE_MS, 'late');
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['info', 'good'],
  ['warn', 'warning'],
  ['error', 'bad'],
]);

/** One JSON object a line: time, level and event first, then what belongs to the event. */
const jsonFormat = winston.format.printf(({ level, message, timestamp, ...fields }) =>
  toJson({ time: timestamp, level, event: message, ...fields }),
);

/** `time level event key=value …`, for people. */
function humanFormat(style: Style): winston.Logform.Format {
  return winston.format.printf(({ level, message, timestamp, ...fields }) => {
    const shown = Object.entries(fields).map(([key, value]) => ` ${key}=${showValue(value)}`);
    const time = coloured(String(timestamp), 'quiet', style);
    return `${time} ${coloured(level.padEnd(5), MEANINGS.get(level) ?? 'quiet', style)} ${printable(String(message))}${shown.join('')}`;
  });
}

/** A plain word as it is; everything else as JSON, so that no value can look like another key or line. */
function showValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@~+*[\]-]+$/.test(value)) return value;
  return printable(toJson(value));
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    // JSON shows nothing of an error: its message and stack would be lost.
    if (each instanceof Error) return each.stack ?? each.message;
    return typeof each === 'bigint' ? String(each) : each;
  });
}
