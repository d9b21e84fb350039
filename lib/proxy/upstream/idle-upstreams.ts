import { formatDestination, type IpAddress } from '../../address/index.js';
import type { Clearance, Permit } from '../../policy/index.js';
import type { BufferedSocket } from '../socket/index.js';
import type { Upstream } from './connect.js';

interface Waiting {
  readonly connection: BufferedSocket;
  readonly address: IpAddress;
  readonly timer: NodeJS.Timeout;
  readonly drop: () => void;
}

const IDLE_MS = 15_000;
const PER_KEY = 16;
const IN_ALL = 1_024;

/**
 * Idle connections to origins, for the next request of the same client to the same destination under the same policy
 * revision. Each request has its own decision, and gets a connection only to an address that this decision permits. No
 * connection is shared between clients, so one cannot poison another's responses.
 */
export class IdleUpstreams {
  readonly #waiting = new Map<string, Waiting[]>();
  #size = 0;

  /** Takes the newest idle connection that this permit allows. */
  take(permit: Permit): Upstream | 'none' {
    const list = this.#waiting.get(keyOf(permit)) ?? [];
    for (;;) {
      const idle = list.findLast(({ address }) => permit.addresses.some(({ text }) => text === address.text));
      if (idle === undefined) return 'none';
      const { connection, address, drop } = idle;
      this.#forget(keyOf(permit), idle);
      connection.inputEnd.remove(drop);
      const { socket } = connection;
      if (isQuiet(connection)) return { kind: 'upstream', socket, connection, address, reused: true };
      socket.destroy();
    }
  }

  /** Keeps a connection after an exchange that was complete on both sides. */
  give(served: Pick<Clearance, 'attempt' | 'revision' | 'address'>, connection: BufferedSocket): void {
    const { address } = served;
    const key = keyOf(served);
    const list = this.#waiting.get(key) ?? [];
    if (list.length >= PER_KEY || this.#size >= IN_ALL || !isQuiet(connection)) {
      connection.socket.destroy();
      return;
    }
    const drop = (): void => {
      this.#forget(key, waiting);
      connection.socket.destroy();
    };
    const waiting = { connection, address, drop, timer: setTimeout(drop, IDLE_MS) };
    list.push(waiting);
    this.#waiting.set(key, list);
    this.#size += 1;
    if (this.#waiting.size > 2 * IN_ALL) this.#dropEmpty();
    connection.inputEnd.add(drop);
  }

  /** Closes all. */
  close(): void {
    for (const list of [...this.#waiting.values()]) for (const { connection } of [...list]) connection.socket.destroy();
  }

  #forget(key: string, idle: Waiting): void {
    clearTimeout(idle.timer);
    const list = this.#waiting.get(key);
    const at = list?.indexOf(idle) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    this.#size -= 1;
  }

  /** Empty lists stay for the next request to the same destination, unless there are very many. */
  #dropEmpty(): void {
    for (const [key, list] of this.#waiting) if (list.length === 0) this.#waiting.delete(key);
  }
}

/** Open, with nothing left of an earlier exchange. */
function isQuiet({ gone, ended, held }: BufferedSocket): boolean {
  return !gone && !ended && held.length === 0;
}

/** What the next use of a connection must share with the last one. */
function keyOf({ attempt, revision }: Pick<Permit, 'attempt' | 'revision'>): string {
  const { client, destination } = attempt;
  const user = client.identity.kind === 'basic' ? client.identity.user : '';
  return `${revision} ${client.ip.text} ${user} ${formatDestination(destination)}`;
}
