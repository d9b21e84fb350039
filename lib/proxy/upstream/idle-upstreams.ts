import { formatDestination, type IpAddress } from '../../address/index.js';
import type { Permit } from '../../policy/index.js';
import type { BufferedSocket } from '../socket/index.js';

/** A connection to an origin, kept after a complete exchange. */
export interface IdleUpstream {
  readonly connection: BufferedSocket;
  readonly address: IpAddress;
}

/** What the next use of a connection must share with the last one. */
type Served = Pick<Permit, 'attempt' | 'revision'>;

interface Waiting extends IdleUpstream {
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
  take(permit: Permit): IdleUpstream | 'none' {
    const list = this.#waiting.get(keyOf(permit)) ?? [];
    for (let i = list.length - 1; i >= 0; i -= 1) {
      const idle = list[i];
      if (idle === undefined || !permit.addresses.some(({ text }) => text === idle.address.text)) continue;
      this.#forget(keyOf(permit), idle);
      idle.connection.inputEnd.remove(idle.drop);
      if (isQuiet(idle.connection)) return idle;
      idle.connection.socket.destroy();
    }
    return 'none';
  }

  /** Keeps a connection whose exchange was complete on both sides. */
  give(served: Served, idle: IdleUpstream): void {
    const { connection } = idle;
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
    const waiting = { ...idle, drop, timer: setTimeout(drop, IDLE_MS) };
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

function keyOf({ attempt, revision }: Served): string {
  const { client, destination } = attempt;
  const user = client.identity.kind === 'basic' ? client.identity.user : '';
  return `${revision} ${client.ip.text} ${user} ${formatDestination(destination)}`;
}
