import { Writable } from 'node:stream';
import { errorMessage } from '../../system/index.js';
import type { FileOptions } from './file-options.js';
import { RotatingFile } from './rotating-file.js';

/** Lines that could not be written, as the `warn` event of a transport reports them. */
export class LostLines extends Error {
  readonly lines: number;

  constructor(lines: number, detail: string) {
    super(detail);
    this.lines = lines;
  }
}

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
/** winston's default levels, the most urgent first. */
const LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'];
/** How much may wait for the disk before a line waits for the lines in front of it. */
const MAX_WAITING = 64 * 1024;

type Done = (error?: Error | null) => void;

/**
 * A winston transport to a file. Each line is tried once: lines that cannot be written are lost, and their number is in a
 * {@link LostLines} with the event `warn`. `logged` follows every line that the system has taken.
 */
export class FileTransport extends Writable {
  readonly #options: FileOptions;
  readonly #file: RotatingFile;
  #waiting: { readonly info: unknown; readonly text: string }[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | 'none' = 'none';

  constructor(options: FileOptions) {
    super({ objectMode: true });
    this.#options = options;
    this.#file = new RotatingFile(options);
  }

  /** Opens the file. Rejects with the system's error. */
  async open(): Promise<void> {
    await this.#file.open();
  }

  /** Takes a line, as winston hands it over. */
  log(info: unknown, next: Done): void {
    const { level, message } = partsOf(info);
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.#options.level)) {
      next();
      return;
    }
    const text = `${message}${this.#options.eol}`;
    this.#waiting.push({ info, text });
    this.#waitingBytes += text.length;
    if (this.#writing === 'none') this.#writing = this.#writeAll();
    if (this.#waitingBytes < MAX_WAITING) next();
    else void this.#writing.then(() => next());
  }

  override _write(info: unknown, _encoding: BufferEncoding, next: Done): void {
    this.log(info, next);
  }

  override _final(done: Done): void {
    void Promise.resolve(this.#writing === 'none' ? undefined : this.#writing)
      .then(() => this.#file.close())
      .then(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    void this.#file.close().then(() => done(error));
  }

  /** Writes what waits, and what comes meanwhile, until nothing waits. Never rejects. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#file.append(batch.map(({ text }) => text).join(''));
        for (const { info } of batch) this.emit('logged', info);
      } catch (error) {
        this.emit('warn', new LostLines(batch.length, `${this.#options.path}: ${errorMessage(error)}`));
      }
    }
    this.#writing = 'none';
  }
}

function partsOf(info: unknown): { readonly level: string; readonly message: string } {
  const known: Readonly<Record<symbol, unknown>> = typeof info === 'object' ? { ...info } : {};
  return { level: textOf(known[LEVEL]), message: textOf(known[MESSAGE]) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
