import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { beginDurableWrite, errorCode, errorReason } from '../../../system/index.js';

/** Where exported lines go. */
export interface Output {
  readonly kind: 'output';
  /** The file's name, or `'none'`. */
  readonly name: string;
  /** Takes text; false if the next must wait for `room`. */
  readonly write: (text: string) => boolean;
  readonly room: () => Promise<void>;
  /** Whether the output accepts nothing more. */
  readonly gone: () => boolean;
  /** Completes the output, or says why that failed. */
  readonly finish: () => Promise<{ readonly kind: 'written' } | OutputProblem>;
  /** Removes what was written, as far as it can be. Never throws. */
  readonly abandon: () => Promise<void>;
  /** The state of the output after that. */
  readonly abandoned: string;
}

/** An output that cannot be opened or completed. */
interface OutputProblem {
  readonly kind: 'problem';
  readonly detail: string;
}

/** Opens a file for writing, or standard output if `path` is `'none'`. An existing file stays, unless `force` is given. */
export async function openOutput(path: string, force: boolean): Promise<Output | OutputProblem> {
  if (path === 'none') return toStandardOutput();
  try {
    if (!force && (await isThere(path))) return problem(`"${path}" exists already: use --force to replace it`);
    return await toFile(path, force);
  } catch (error) {
    return problem(`cannot write "${path}" (${errorReason(error)})`);
  }
}

function toStandardOutput(): Output {
  const { stdout } = process;
  let gone = false;
  stdout.once('error', () => (gone = true));
  return {
    kind: 'output',
    name: 'none',
    write: (text) => stdout.write(text),
    room: () => roomIn(stdout, () => gone),
    gone: () => gone,
    finish: () => Promise.resolve({ kind: 'written' }),
    abandon: () => Promise.resolve(),
    abandoned: 'the output is incomplete',
  };
}

/** Writes a temporary file, which gets its name when it is complete and durable: a reader finds all of it or nothing. */
async function toFile(path: string, force: boolean): Promise<Output> {
  const write = await beginDurableWrite(
    path,
    join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`),
  );
  const pen = new Pen(write.file);
  return {
    kind: 'output',
    name: path,
    write: (text) => pen.take(text),
    room: () => pen.flush(),
    gone: () => pen.failed !== 'no',
    finish: async () => {
      await pen.flush();
      if (pen.failed === 'no') await pen.run(() => write.commit(force ? 'replace' : 'create'));
      await write.discard();
      if (pen.failed === 'no') return { kind: 'written' };
      if (pen.failed === 'EEXIST') return problem(`"${path}" was created meanwhile: use --force to replace it`);
      return problem(`cannot write "${path}" (${pen.failed})`);
    },
    abandon: write.discard,
    abandoned: 'nothing was written',
  };
}

const BUFFER = 256 * 1024;

/** Buffers text and writes it in large pieces. */
class Pen {
  /** The system's code of the first error, or `'no'`. */
  failed = 'no';
  readonly #file: FileHandle;
  #text = '';

  constructor(file: FileHandle) {
    this.#file = file;
  }

  take(text: string): boolean {
    this.#text += text;
    return this.#text.length < BUFFER;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (this.failed === 'no') await this.run(() => this.#file.appendFile(text));
  }

  /** Carries out a step, and keeps its error. */
  async run(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.failed = errorReason(error);
    }
  }
}

async function roomIn(stream: Writable, gone: () => boolean): Promise<void> {
  if (gone() || !stream.writableNeedDrain) return;
  // `gone` reports an error.
  await once(stream, 'drain').catch(() => undefined);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => errorCode(error) !== 'ENOENT',
  );
}

function problem(detail: string): OutputProblem {
  return { kind: 'problem', detail };
}
