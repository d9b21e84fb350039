import { fstatSync, fsyncSync, writeSync } from 'node:fs';
import { errorCode, errorReason } from '../../../system/index.js';

/** Standard output took no more, and not because its reader has gone: what was printed is incomplete. */
export class UnwrittenOutput extends Error {
  constructor(reason: string) {
    super(`cannot write standard output (${reason})`);
  }
}

const DESCRIPTOR = 1;
/** What file systems say that cannot sync. */
const NO_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EROFS', 'EPERM']);

/**
 * Standard output, of which no byte is lost unseen. Any error but that of a reader who has gone is thrown as
 * {@link UnwrittenOutput} by whatever is written then or afterwards; after a reader has gone, writing does nothing.
 */
class StandardOutput {
  #isFile = false;
  #state: 'open' | 'reader_gone' | { readonly reason: string } = 'open';

  /** Begins to listen for errors. For the program itself, before anything is written. */
  open(): void {
    this.#isFile = isFile();
    process.stdout.on('error', (error) => this.#end(error));
  }

  /** Writes text. An error of a pipe or a terminal is thrown by the next call, one of a file at once. */
  write(text: string): void {
    if (this.#isOver()) return;
    if (!this.#isFile) process.stdout.write(text);
    else {
      this.#try(() => writeWhole(Buffer.from(text)));
      this.#isOver();
    }
  }

  /** Writes text, and waits until it and all before it has been taken. */
  async written(text: string): Promise<void> {
    if (this.#isFile || this.#isOver()) {
      this.write(text);
      return;
    }
    await new Promise<void>((resolve) => {
      process.stdout.write(text, (error) => {
        if (error !== null && error !== undefined) this.#end(error);
        resolve();
      });
    });
    this.#isOver();
  }

  /** Waits until all that was written is on disk, if it goes to a file. */
  async synced(): Promise<void> {
    await this.written('');
    if (this.#isFile) this.#try(syncFile);
    this.#isOver();
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = isReaderGone(errorCode(error)) ? 'reader_gone' : { reason: errorReason(error) };
  }

  #isOver(): boolean {
    if (typeof this.#state !== 'string') throw new UnwrittenOutput(this.#state.reason);
    return this.#state === 'reader_gone';
  }
}

/** The one standard output of the process. */
export const standardOutput = new StandardOutput();

/** Whether it is a file or a device like `/dev/full`. Node's stream for these drops the rest of what they take a part of. */
function isFile(): boolean {
  const about = fstatSync(DESCRIPTOR);
  return about.isFile() || (about.isCharacterDevice() && !process.stdout.isTTY);
}

/** A terminal that was closed says EIO: its reader has gone. */
function isReaderGone(code: string): boolean {
  return code === 'EPIPE' || (code === 'EIO' && process.stdout.isTTY);
}

/** A full disk takes a part of the bytes, and says that it is full only when it is given the rest. */
function writeWhole(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const taken = writeSync(DESCRIPTOR, bytes, at);
    if (taken === 0) throw new Error('nothing more was taken');
    at += taken;
  }
}

function syncFile(): void {
  try {
    fsyncSync(DESCRIPTOR);
  } catch (error) {
    if (!NO_SYNC.has(errorCode(error))) throw error;
  }
}
