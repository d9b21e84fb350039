import { type FileHandle, open, stat } from 'node:fs/promises';
import { errorMessage, sleep, within } from '../../system/index.js';
import { type Delivery, unavailable } from '../receivers/index.js';
import type { Sink } from './sink.js';

/** Which file. */
export interface FileTarget {
  readonly use: 'file';
  readonly path: string;
}

const NEWLINE = 0x0a;
const LOOK_EVERY_MS = 20;

/**
 * Appends records to a file, one a line, and syncs each batch. Rotation is left to others: a file that was moved away or
 * removed is begun anew, under the same name, with the next batch.
 */
export function createFileSink({ path }: FileTarget, turns: Turns, timeoutMs: number): Sink {
  let file: FileHandle | 'none' = 'none';
  const shut = async (): Promise<void> => {
    const open = file;
    file = 'none';
    // What was synced is on disk; closing adds nothing that could be lost.
    if (open !== 'none') await open.close().catch(() => undefined);
  };
  const append = async (text: string): Promise<Delivery> => {
    try {
      if (file !== 'none' && !(await isStillThere(file, path))) await shut();
      if (file === 'none') file = await openAtALine(path);
      await file.appendFile(text);
      await file.datasync();
      return { kind: 'accepted' };
    } catch (error) {
      // Opened anew next time, since part of a line may be in it.
      await shut();
      return unavailable(errorMessage(error));
    }
  };
  return {
    settleMs: 0,
    send: (records) => turns.take(() => append(records.map(({ text }) => `${text}\n`).join('')), timeoutMs),
    close: async () => {
      await turns.take(async () => (await shut(), { kind: 'accepted' }), timeoutMs);
    },
  };
}

/**
 * Lets a few sinks at a time use files. A file on a disk that hangs keeps one of Node's threads, and the journal needs
 * one of them too: what hangs here is never more than half.
 */
export class Turns {
  #free = 2;

  /** Runs something that uses a file; `unavailable` if there is no turn, or it is not done in time (and then keeps its turn until it is). */
  async take(run: () => Promise<Delivery>, timeoutMs: number): Promise<Delivery> {
    const until = performance.now() + timeoutMs;
    while (this.#free === 0) {
      if (performance.now() >= until) return unavailable('other files hang');
      await sleep(LOOK_EVERY_MS);
    }
    this.#free -= 1;
    const running = run().finally(() => (this.#free += 1));
    const late = unavailable(`the file was not written within ${timeoutMs} ms`);
    return within(running, until - performance.now(), late);
  }
}

async function isStillThere(file: FileHandle, path: string): Promise<boolean> {
  const ours = await file.stat();
  const there = await stat(path).catch(() => 'gone' as const);
  return there !== 'gone' && there.ino === ours.ino && there.dev === ours.dev;
}

/** Opens the file for appending. What an earlier write left unfinished becomes a line of its own, and is not continued. */
async function openAtALine(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    if (size > 0 && last[0] !== NEWLINE) await file.appendFile('\n');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
