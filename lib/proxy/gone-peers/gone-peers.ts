import type { Socket } from 'node:net';
import { Registry } from '../registry/index.js';
import { readTcpTable, type TableKey, type TcpTable } from './tcp-table.js';
import { WatchedSocket, type WatchTimes } from './watched-socket.js';

/** Which peer a socket leads to. */
export type Side = 'client' | 'destination';

const EVERY_MS = 5_000;
/** A table without rows: nothing is shown by it, and nothing is closed for it. */
const NO_TABLE: TcpTable = new Map();
/** The table is read at every second round. */
const TABLE_ROUNDS = 2;

/**
 * Finds the peers that have gone, and closes their sockets with an error, which their owners act upon as upon any other.
 *
 * The system notices a peer that has gone (by keep-alive, a reset, bytes that are never acknowledged), but Node hears of it only
 * on a socket that it reads or writes: not after the peer's end, nor while the socket is held back.
 */
export class GonePeers {
  readonly #sockets: Readonly<Record<Side, Registry<WatchedSocket>>> = {
    client: new Registry(),
    destination: new Registry(),
  };
  readonly #everyMs: number;
  readonly #times: WatchTimes;
  /** Sides whose sockets are in this table: a listener may have been made in another network namespace. */
  readonly #shown = new Set<Side>(['destination']);
  readonly #found: Record<Side, number> = { client: 0, destination: 0 };
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  #reading = false;

  /** Its other times follow from the interval: tests take a short one. */
  constructor(everyMs = EVERY_MS) {
    this.#everyMs = everyMs;
    this.#times = { heldBackMs: 6 * everyMs, unansweredMs: 12 * everyMs };
  }

  /** How many peers of each side were found to have gone since the start. */
  get found(): Readonly<Record<Side, number>> {
    return { ...this.#found };
  }

  /** Watches a socket until it is closed. */
  watch(side: Side, socket: Socket): void {
    const watched = new WatchedSocket(socket, this.#times);
    const remove = this.#sockets[side].add(watched);
    socket.once('close', () => {
      remove();
      if (watched.hasGone) this.#found[side] += 1;
    });
  }

  /** Begins to look, at intervals. */
  start(): void {
    this.#timer = setInterval(this.#look, this.#everyMs).unref();
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #look = (): void => {
    const now = performance.now();
    for (const side of SIDES) for (const socket of this.#sockets[side].all()) socket.ask(now);
    this.#rounds += 1;
    if (this.#rounds % TABLE_ROUNDS === 0 && !this.#reading) void this.#searchTable(now);
  };

  async #searchTable(now: number): Promise<void> {
    const suspects = SIDES.flatMap((side) => this.#suspects(side, now));
    if (suspects.length === 0) return;
    this.#reading = true;
    const table = await read(suspects);
    const absent: Suspect[] = [];
    for (const suspect of suspects) {
      const row = table.get(suspect.key);
      if (row === undefined) absent.push(suspect);
      else {
        this.#shown.add(suspect.side);
        suspect.socket.compare(row, suspect.written, now);
      }
    }
    await this.#endAbsent(absent.filter(({ side }) => this.#shown.has(side)));
    this.#reading = false;
  }

  /** Closes the sockets that the system has closed already. A table that changes while it is read may miss a row once. */
  async #endAbsent(absent: readonly Suspect[]): Promise<void> {
    if (absent.length === 0) return;
    const again = await read(absent);
    if (again === NO_TABLE) return;
    for (const { key, socket } of absent) if (!again.has(key)) socket.end('the connection was closed in the system');
  }

  #suspects(side: Side, now: number): readonly Suspect[] {
    return this.#sockets[side].all().flatMap((socket) => {
      const key = socket.tableKey(now);
      return key === 'not_needed' ? [] : [{ side, socket, key, written: socket.written }];
    });
  }
}

/** A socket to be searched in the table. */
interface Suspect {
  readonly side: Side;
  readonly socket: WatchedSocket;
  readonly key: TableKey;
  readonly written: number;
}

const SIDES: readonly Side[] = ['client', 'destination'];

async function read(suspects: readonly Suspect[]): Promise<TcpTable> {
  const table = await readTcpTable(new Set(suspects.map(({ key }) => key)));
  return table === 'unavailable' ? NO_TABLE : table;
}
