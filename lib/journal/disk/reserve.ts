import { randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage, unlessAbsent } from '../../system/index.js';
import { WORKING, type Disk, type WorkState } from './disk.js';
import { copyInto } from './files.js';

const CHUNK = 256 * 1024;
/** More than the reserve itself must be free before it is made: it must not be what fills the disk. */
const SPARE = 1024 * 1024;

/**
 * Space on the disk that no other program can take: a file of so many bytes, really written, given up when the disk is full
 * so that urgent entries can still be written. With 0 bytes there is none.
 */
export class Reserve {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #bytes: number;
  readonly #path: string;
  #kept = false;
  #making: Promise<boolean> | 'none' = 'none';
  #stopping = new AbortController();
  #state = WORKING;

  constructor(disk: Disk, directory: string, bytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.#bytes = bytes;
    this.#path = join(directory, 'reserve');
  }

  /** Whether the last try to make it succeeded. */
  state(): WorkState {
    return this.#state;
  }

  /** Makes the file unless it exists or there is no room for it; removes one that is not wanted. True: it is as wanted. */
  async keep(): Promise<boolean> {
    if (this.#making !== 'none') return this.#making;
    if (this.#kept) return true;
    this.#stopping = new AbortController();
    this.#making = this.#make(this.#stopping.signal).finally(() => (this.#making = 'none'));
    return this.#making;
  }

  /** Gives the room back to the disk. False: there was nothing to give, or it failed. */
  async giveUp(): Promise<boolean> {
    const making = this.#making !== 'none';
    await this.stop();
    // What was being made took the room, and has given it back.
    if (!this.#kept) return making;
    this.#kept = false;
    try {
      await this.#disk.remove(this.#path);
      // Many file systems reuse blocks only when their removal is on disk.
      await this.#disk.syncDirectory(this.#directory);
      return true;
    } catch {
      return false; // Then there is no room, which the caller reports.
    }
  }

  /** Tries again and again, until it is made (true) or no longer wanted (false). */
  async keepSoon(everyMs: number, isWanted: () => boolean): Promise<boolean> {
    for (;;) {
      await delay(everyMs, undefined, { ref: false });
      if (!isWanted()) return false;
      if (await this.keep()) return true;
    }
  }

  /** Stops making it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#making !== 'none') await this.#making;
  }

  async #make(stopping: AbortSignal): Promise<boolean> {
    const wanted = this.#bytes > 0;
    try {
      const found = await unlessAbsent(stat(this.#path));
      if (found === 'absent' || found.size !== this.#bytes || !wanted) {
        if (found !== 'absent') await this.#disk.remove(this.#path);
        if (wanted && !(await this.#hasRoom())) return false;
        if (wanted) await copyInto(this.#disk, this.#directory, this.#path, this.#noise(stopping));
      }
      this.#kept = wanted;
      this.#state = WORKING;
      return true;
    } catch (error) {
      if (!stopping.aborted) this.#state = failed(errorMessage(error));
      return false;
    }
  }

  async #hasRoom(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#directory);
    const free = bavail * bsize;
    const needed = this.#bytes + Math.min(SPARE, this.#bytes);
    this.#state = free < needed ? failed(`${free} bytes are free, and ${needed} needed`) : WORKING;
    return free >= needed;
  }

  /** Bytes that no file system can compress. */
  *#noise(stopping: AbortSignal): Generator<Uint8Array> {
    for (let left = this.#bytes; left > 0; left -= CHUNK) {
      stopping.throwIfAborted();
      yield randomBytes(Math.min(CHUNK, left));
    }
  }
}

function failed(why: string): WorkState {
  return { kind: 'failing', detail: `cannot create the reserve: ${why}` };
}
