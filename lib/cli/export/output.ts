import { once } from 'node:events';
import { access, link, mkdtemp, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

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
    return problem(`${path} cannot be written (${codeOf(error)})`);
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

/**
 * Writes into a folder of its own beside the file, and puts the file in its place when it is whole and on disk: whoever
 * looks there finds all of it or nothing.
 */
async function toFile(path: string, force: boolean): Promise<Output> {
  const beside = await mkdtemp(join(dirname(path), `.${basename(path)}.`));
  const partial = join(beside, basename(path));
  const removeAll = (): Promise<void> => rm(beside, { recursive: true, force: true }).catch(() => undefined);
  try {
    const file = await open(partial, 'wx', 0o600);
    const pen = new Pen(file);
    return {
      kind: 'output',
      name: path,
      write: (text) => pen.take(text),
      room: () => pen.flush(),
      gone: () => pen.failed !== 'no',
      finish: async () => {
        await pen.flush();
        const finished = pen.failed === 'no' ? await inPlace(file, partial, path, force) : pen.failed;
        await file.close().catch(() => undefined);
        await removeAll();
        if (finished === 'EEXIST') return `${path} has come into being meanwhile: give --force to replace it`;
        return finished === 'done' ? finished : `${path} cannot be written (${finished})`;
      },
      abandon: async () => {
        await file.close().catch(() => undefined);
        await removeAll();
      },
      abandoned: 'nothing was written',
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
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
      this.failed = codeOf(error);
    }
  }
}

/** Answers `'done'`, or the system's code. */
async function inPlace(file: FileHandle, partial: string, path: string, force: boolean): Promise<string> {
  try {
    await file.sync();
    if (force) await rename(partial, path);
    else await putThere(partial, path);
    if (process.platform === 'win32') return 'done';
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}

/** A link fails where something is already; a rename would replace it. Some file systems have no links. */
async function putThere(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error)) || (await isThere(path))) throw error;
    await rename(partial, path);
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
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}

function problem(detail: string): OutputProblem {
  return { kind: 'problem', detail };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
