import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { unlessAbsent } from '../../system/index.js';
import type { FileOptions } from './file-options.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The file that is open: which one it is, in case its name leads to another one now. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly inode: number;
  size: number;
}

/**
 * A file that texts are appended to. Before it would exceed its size it gets a number and a new one is begun; of the numbered
 * ones, those with the highest numbers are kept. One call at a time.
 */
export class RotatingFile {
  readonly #options: Pick<FileOptions, 'path' | 'maxBytes' | 'maxFiles' | 'compress'>;
  #file: OpenFile | 'none' = 'none';

  constructor(options: Pick<FileOptions, 'path' | 'maxBytes' | 'maxFiles' | 'compress'>) {
    this.#options = options;
  }

  /**
   * Appends a text, whole or not at all. Rejects with the system's error; the next call opens the file again, so that one on
   * a disk that was full is written again as soon as there is room.
   */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    let file = await this.open();
    const { maxBytes } = this.#options;
    if (maxBytes !== 'unlimited' && file.size > 0 && file.size + bytes.length > maxBytes) file = await this.#next();
    try {
      await writeWhole(file.handle, bytes);
      file.size += bytes.length;
    } catch (error) {
      // What was written of a line is not left there: the next line would continue it.
      await file.handle.truncate(file.size).catch(() => undefined);
      await this.close();
      throw error;
    }
  }

  /** Opens the file if it is not open, or if its name leads to another one by now (logrotate). */
  async open(): Promise<OpenFile> {
    if (this.#file !== 'none') {
      const there = await unlessAbsent(stat(this.#options.path));
      if (there !== 'absent' && there.ino === this.#file.inode) return this.#file;
      await this.close();
    }
    return this.#openNew();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = 'none';
    if (file !== 'none') await file.handle.close().catch(() => undefined);
  }

  async #openNew(): Promise<OpenFile> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const handle = await open(path, 'a', PRIVATE_FILE);
    try {
      const { ino, size } = await handle.stat();
      this.#file = { handle, inode: ino, size };
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
    await this.#removeOldest();
    return this.#file;
  }

  /** Gives the full file the next number and begins a new one. */
  async #next(): Promise<OpenFile> {
    const { path, maxFiles, compress } = this.#options;
    await this.close();
    if (maxFiles === 1) {
      await rm(path, { force: true });
      return this.#openNew();
    }
    const newest = Math.max(0, ...(await this.#closedFiles()).map(({ number }) => number));
    const numbered = this.#numbered(newest + 1);
    await rename(path, numbered);
    const file = await this.#openNew();
    if (compress) await compressed(numbered);
    return file;
  }

  async #removeOldest(): Promise<void> {
    const { maxFiles, path } = this.#options;
    if (maxFiles === 'unlimited') return;
    const closed = [...(await this.#closedFiles())].sort((a, b) => b.number - a.number);
    const kept = new Set(closed.map(({ number }) => number).slice(0, maxFiles - 1));
    for (const { number, name } of closed) {
      // A file that cannot be removed now is removed with the next one.
      if (!kept.has(number)) await rm(join(dirname(path), name), { force: true }).catch(() => undefined);
    }
  }

  async #closedFiles(): Promise<readonly ClosedFile[]> {
    const { path } = this.#options;
    const extension = extname(path);
    const stem = `${basename(path, extension)}.`;
    return (await readdir(dirname(path))).flatMap((name) => {
      const plain = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name;
      if (!plain.startsWith(stem) || !plain.endsWith(extension)) return [];
      const number = plain.slice(stem.length, plain.length - extension.length);
      return /^[1-9]\d{0,14}$/.test(number) ? [{ number: Number(number), name }] : [];
    });
  }

  #numbered(number: number): string {
    const { path } = this.#options;
    const extension = extname(path);
    return `${path.slice(0, path.length - extension.length)}.${number}${extension}`;
  }
}

/** An older file, by the number in its name. */
interface ClosedFile {
  readonly number: number;
  readonly name: string;
}

/** A write can take less than all of it, and say nothing, when the disk is nearly full. */
async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    if (bytesWritten === 0) throw new Error('nothing was written');
    at += bytesWritten;
  }
}

/** Compresses a closed file. One that cannot be compressed stays as it is. */
async function compressed(path: string): Promise<void> {
  const target = `${path}.gz`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(target, { mode: PRIVATE_FILE }));
    await rm(path);
  } catch {
    await rm(target, { force: true }).catch(() => undefined);
  }
}
