import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { beginDurableWrite, errorCode, errorReason, type DurableWrite } from '../../system/index.js';

/** Where exported lines go. */
export interface Output {
  readonly kind: 'output';
  /** The file's name, or `'none'`. */
  readonly name: string;
  /** Takes text; false if the next must wait for `room`. */
  readonly write: (text: string) => boolean;
  readonly room: () => Promise<void>;
  /** Whether nobody takes what is written any more. */
  readonly gone: () => boolean;
  /** Puts everything in its place. A text says why it could not be. */
  readonly finish: () => Promise<string>;
  /** Removes what was written, as far as it can be. Never throws. */
  readonly abandon: () => Promise<void>;
  /** What became of it then. */
  readonly abandoned: string;
}

/** An output that cannot be had. */
export interface OutputProblem {
  readonly kind: 'problem';
  readonly detail: string;
}

/** Opens a file for writing, or standard output if `path` is `'none'`. A file that is there stays, unless `force` is given. */
export async function openOutput(path: string, force: boolean): Promise<Output | OutputProblem> {
  if (path === 'none') return toStandardOutput();
  try {
    if (!force && (await isThere(path))) return problem(`${path} is there already: give --force to replace it`);
    return await toFile(path, force);
  } catch (error) {
    return problem(`${path} cannot be written (${errorReason(error)})`);
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
    finish: () => Promise.resolve('done'),
    abandon: () => Promise.resolve(),
    abandoned: 'what was written stays',
  };
}

/** Writes beside the file, and gives the file its name when it is whole and on disk: a reader finds all of it or nothing. */
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
      const finished = pen.failed === 'no' ? await committed(write, force) : pen.failed;
      await write.discard();
      if (finished === 'EEXIST') return `${path} has come into being meanwhile: give --force to replace it`;
      return finished === 'done' ? finished : `${path} cannot be written (${finished})`;
    },
    abandon: write.discard,
    abandoned: 'nothing was written',
  };
}

const BUFFER = 256 * 1024;

/** Gathers text and writes it in pieces of some size. */
class Pen {
  /** The system's code of what went wrong. */
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
    try {
      if (this.failed === 'no') await this.#file.appendFile(text);
    } catch (error) {
      this.failed = errorReason(error);
    }
  }
}

/** Answers `'done'`, or the system's code. */
async function committed(write: DurableWrite, force: boolean): Promise<string> {
  try {
    await write.commit(force ? 'replace' : 'create');
    return 'done';
  } catch (error) {
    return errorReason(error);
  }
}

async function roomIn(stream: Writable, gone: () => boolean): Promise<void> {
  if (gone() || !stream.writableNeedDrain) return;
  // An error is heard by whoever asks `gone`.
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
