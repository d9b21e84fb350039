import { randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, errorMessage } from '../../system/index.js';
import type { Disk } from './disk.js';
import { copyInto, ignoringAbsence } from './files.js';

const CHUNK = 256 * 1024;
/** More than the reserve itself must be free before it is made: it must not be what fills the disk. */
const SPARE = 1024 * 1024;

class Stopped extends Error {}

/**
 * Room on the disk that no other program can take: a file of so many bytes, really written, given up when the disk is full so
 * that what must still be said can be.
 */
export class Reserve {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #bytes: number;
  readonly #path: string;
  #kept = false;
  #making: Promise<boolean> | 'none' = 'none';
  #stopped = false;
  #problem = 'none';

  constructor(disk: Disk, directory: string, bytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#bytes = bytes;
    this.#path = join(directory, 'reserve');
  }

  /** Why the last try to make it failed, or `'none'`. */
  problem(): string {
    return this.#problem;
  }

  /** Whether there is to be one. */
  wanted(): boolean {
    return this.#bytes > 0;
  }

  /** Whether it is there. */
  kept(): boolean {
    return this.#kept;
  }

  /** Makes the file unless it is there or there is no room for it; removes one that is not wanted. True: it is as wanted. */
  async keep(): Promise<boolean> {
    if (this.#making !== 'none') return this.#making;
    if (this.#kept) return true;
    this.#stopped = false;
    this.#making = this.#make().finally(() => (this.#making = 'none'));
    return this.#making;
  }

  /** Gives the room back to the disk. False: there was nothing to give, or it could not be. */
  async giveUp(): Promise<boolean> {
    const making = this.#making !== 'none';
    await this.stop();
    // What was being made took the room, and has given it back.
    if (!this.#kept) return making;
    this.#kept = false;
    try {
      await this.#disk.remove(this.#path);
      // Many file systems hand blocks out again only when their removal is on disk.
      await this.#disk.syncDirectory(this.#directory);
      return true;
    } catch {
      return false; // The disk says no: then there is no room, which is what the caller will say.
    }
  }

  /** Looks for room again and again, until it is made (true) or not wanted any more (false). */
  async keepSoon(everyMs: number, isWanted: () => boolean): Promise<boolean> {
    for (;;) {
      await delay(everyMs, undefined, { ref: false });
      if (!isWanted()) return false;
      if (await this.keep()) return true;
    }
  }

  /** Stops making it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#making !== 'none') await this.#making;
  }

  async #make(): Promise<boolean> {
    try {
      const found = await sizeAt(this.#path);
      if (found !== this.#bytes || !this.wanted()) {
        if (found !== 'absent') await ignoringAbsence(this.#disk.remove(this.#path));
        if (this.wanted() && !(await this.#hasRoom())) return false;
        if (this.wanted()) await copyInto(this.#disk, this.#directory, this.#path, this.#noise());
      }
      this.#kept = this.wanted();
      this.#problem = 'none';
      return true;
    } catch (error) {
      if (!(error instanceof Stopped)) this.#problem = errorMessage(error);
      return false;
    }
  }

  async #hasRoom(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#directory);
    const free = bavail * bsize;
    const needed = this.#bytes + Math.min(SPARE, this.#bytes);
    this.#problem = free < needed ? `${free} bytes are free, and ${needed} needed` : 'none';
    return free >= needed;
  }

  /** Bytes that no file system can make smaller. */
  *#noise(): Generator<Uint8Array> {
    for (let left = this.#bytes; left > 0; left -= CHUNK) {
      if (this.#stopped) throw new Stopped();
      yield randomBytes(Math.min(CHUNK, left));
    }
  }
}

async function sizeAt(path: string): Promise<number | 'absent'> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
