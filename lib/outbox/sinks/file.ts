import type { FileHandle } from 'node:fs/promises';
import { createFileAppender } from '../receivers/index.js';
import type { Sink, SinkParts } from './sink.js';

/** Which file. */
export interface FileTarget {
  readonly use: 'file';
  readonly path: string;
}

const NEWLINE = 0x0a;

/** Appends records to a file, one a line, and syncs each batch. Rotation is left to other programs. */
export function createFileSink({ path }: FileTarget, { timeoutMs }: Pick<SinkParts, 'timeoutMs'>): Sink {
  return appendingSink(path, endLastLine, timeoutMs);
}

/** Appends texts, each with a line end, after `repair` has looked at the end of the file. */
export function appendingSink(path: string, repair: (file: FileHandle) => Promise<void>, timeoutMs: number): Sink {
  const append = createFileAppender(path, repair, timeoutMs);
  return {
    settleMs: 0,
    send: (records) => append(records.map(({ text }) => `${text}\n`).join('')),
    close: () => Promise.resolve(),
  };
}

/** What a broken write left becomes a line, and is not continued. */
async function endLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const last = Buffer.alloc(1);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  if (size > 0 && last[0] !== NEWLINE) await file.appendFile('\n');
}
