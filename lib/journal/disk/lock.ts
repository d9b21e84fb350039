import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { link, readdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { errorCode, listening, unlessAbsent } from '../../system/index.js';
import { DIRECTORY, realDisk } from './disk.js';

/*
 * The lock is a listening Unix socket in the journal's directory: only the kernel knows whether its holder lives, also
 * across PID and network namespaces, and kill -9 leaves nothing to clean up. See `docs/decisions/0003-journal-lock.md`.
 *
 * The socket's name has a generation, `lock.N`. A process that finds the newest one dead links its own socket, which listens
 * already, as `lock.N+1`; linking fails if the name is taken, so one wins. A process that then sees a newer generation gives way.
 *
 * INVARIANT: generations only grow. A released lock leaves its dead socket for the next holder to remove; without it, numbers
 * would start again, and a process suspended between reading the directory and linking could win a second time.
 */

/** A held lock. `release` frees it for the next process; `isHeld` finds whether its file was removed or taken over since. */
export interface Lock {
  readonly kind: 'lock';
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** Another process holds the lock; its process id as it was sent. */
export interface Held {
  readonly kind: 'held';
  readonly pid: number | 'not_visible';
}

/** What connecting to a socket shows: a live process, one that ended, or that the name was removed. */
type Holder = Held | 'dead' | 'gone';

const GENERATION = /^lock\.([1-9]\d{0,14})$/;
const CANDIDATE = /^lock-[0-9a-f]{16}$/;
const ROUNDS = 20;
const ANSWER_MS = 1000;
/** The kernel takes 107 bytes of path (103 on macOS). */
const SOCKET_PATH_BYTES = 100;

/** Takes the lock of a directory, or reports who holds it. Throws the system's error if no socket can be made there. */
export async function takeLock(directory: string): Promise<Lock | Held> {
  const folder = await LockDirectory.open(directory);
  const candidate = `lock-${randomBytes(8).toString('hex')}`;
  const server = await listenAt(folder.socketPath(candidate)).catch(async (error: unknown) => {
    await folder.close();
    throw error;
  });
  const release = async (): Promise<void> => {
    await Promise.all([once(server.close(), 'close'), folder.close()]);
  };
  try {
    const taken = await contend(folder, candidate);
    await folder.remove(candidate);
    if (typeof taken === 'number') {
      await sweep(folder, taken);
      const inode = await folder.inodeOf(`lock.${taken}`);
      const isHeld = async (): Promise<boolean> =>
        inode !== 'none' && (await folder.inodeOf(`lock.${taken}`)) === inode;
      return { kind: 'lock', isHeld, release };
    }
    await release();
    return taken;
  } catch (error) {
    await release();
    throw error;
  }
}

/** Finds the holder of a directory's lock without taking it. Throws the system's error if the directory cannot be read. */
export async function lockHolder(directory: string): Promise<Held | 'free'> {
  const folder = await LockDirectory.open(directory);
  try {
    const holder = await folder.holderOf(await folder.newest());
    return typeof holder === 'object' ? holder : 'free';
  } finally {
    await folder.close();
  }
}

/** Links a candidate as the newest generation, and gives its number, unless another process holds the lock. */
async function contend(folder: LockDirectory, candidate: string): Promise<Held | number> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const newest = await folder.newest();
    const holder = await folder.holderOf(newest);
    if (typeof holder === 'object') return holder;
    const generation = newest + 1;
    if (holder === 'gone' || !(await folder.link(candidate, `lock.${generation}`))) continue;
    if ((await folder.newest()) === generation) return generation;
    await folder.remove(`lock.${generation}`);
  }
  return { kind: 'held', pid: 'not_visible' };
}

/** Removes what dead holders left. Called by the holder only. */
async function sweep(folder: LockDirectory, generation: number): Promise<void> {
  for (const name of await folder.names()) {
    const older = Number(GENERATION.exec(name)?.[1] ?? generation) < generation;
    if (older || (CANDIDATE.test(name) && (await ask(folder.socketPath(name))) === 'dead')) await folder.remove(name);
  }
}

/** A directory, whose sockets are reached by paths short enough for the kernel. */
class LockDirectory {
  readonly #directory: string;
  // A plain descriptor, which Node does not close by itself: an instance that gives up on its disk keeps the lock.
  readonly #folder: number;

  private constructor(directory: string, folder: number) {
    this.#directory = directory;
    this.#folder = folder;
  }

  static async open(directory: string): Promise<LockDirectory> {
    return new LockDirectory(directory, await realDisk.open(directory, DIRECTORY));
  }

  socketPath(name: string): string {
    const path = join(this.#directory, name);
    return Buffer.byteLength(path) <= SOCKET_PATH_BYTES ? path : `/proc/self/fd/${this.#folder}/${name}`;
  }

  names(): Promise<readonly string[]> {
    return readdir(this.#directory);
  }

  /** The newest generation; 0: there was none yet. */
  async newest(): Promise<number> {
    return Math.max(0, ...(await this.names()).map((name) => Number(GENERATION.exec(name)?.[1] ?? 0)));
  }

  async holderOf(generation: number): Promise<Holder> {
    return generation === 0 ? 'dead' : ask(this.socketPath(`lock.${generation}`));
  }

  /** False: the name is taken, or a holder swept the candidate away. */
  async link(from: string, to: string): Promise<boolean> {
    try {
      await link(join(this.#directory, from), join(this.#directory, to));
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** What names the file itself; `'none'` if there is none. */
  async inodeOf(name: string): Promise<number | 'none'> {
    const found = await unlessAbsent(stat(join(this.#directory, name)));
    return found === 'absent' ? 'none' : found.ino;
  }

  async remove(name: string): Promise<void> {
    await unlessAbsent(unlink(join(this.#directory, name)));
  }

  close(): Promise<void> {
    return realDisk.close(this.#folder);
  }
}

async function listenAt(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.unref();
    // A client that never hangs up must not keep the lock from being released.
    socket.end(`${process.pid}\n`, () => socket.destroy());
  });
  await listening(server, { path });
  // A connection that cannot be accepted (EMFILE) changes nothing: that it was made is the answer.
  server.on('error', () => undefined);
  return server.unref();
}

/** Asks whether any process listens. Only a refused connection proves that none does. */
function ask(path: string): Promise<Holder> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path });
    const alive = (): void => {
      socket.destroy();
      resolve({ kind: 'held', pid: /^[1-9]\d*\n$/.test(answer) ? Number(answer) : 'not_visible' });
    };
    socket.setTimeout(ANSWER_MS, alive);
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
    socket.on('end', alive);
    socket.on('error', (error) => {
      const code = errorCode(error);
      if (code === 'ECONNREFUSED') resolve('dead');
      else if (code === 'ENOENT') resolve('gone');
      else alive();
    });
  });
}
