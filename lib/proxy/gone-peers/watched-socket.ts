import type { Socket } from 'node:net';
import { addressFromSocket } from '../../address/index.js';
import { errorCode } from '../../system/index.js';
import { tableKey, type TableKey, type TcpRow } from './tcp-table.js';

/** How long the parts of a watch take. */
export interface WatchTimes {
  /** How long nothing has been read before a socket that is held back is asked: until then its bytes are being taken. */
  readonly heldBackMs: number;
  /** How long the system has sent again in vain before the peer counts as gone. */
  readonly unansweredMs: number;
}

/**
 * How often at least the system has tried in vain: where an answer takes seconds, or a peer has had no room for long, the
 * tries are far apart.
 */
const TRIES: Readonly<Record<TcpRow['awaits'], number>> = { acknowledgement: 4, room: 2 };

/** A socket whose peer may go without Node noticing. */
export class WatchedSocket {
  readonly #socket: Socket;
  readonly #times: WatchTimes;
  #key: TableKey | 'not_read' = 'not_read';
  #lastRead = { bytes: -1, at: 0 };
  /** The `bytesWritten` up to which the peer has acknowledged everything; -1: not known. */
  #acknowledged = -1;
  #unanswered = { times: 0, since: 0 };
  #found = false;

  constructor(socket: Socket, times: WatchTimes) {
    this.#socket = socket;
    this.#times = times;
  }

  /**
   * Sends an empty write where Node would not notice a reset: it puts nothing on the network, and fails if the system has
   * closed the connection. Bytes that wait to be written do the same.
   */
  ask(now: number): void {
    const socket = this.#socket;
    if (socket.bytesRead !== this.#lastRead.bytes) this.#lastRead = { bytes: socket.bytesRead, at: now };
    if (this.#canAsk && !this.#hears(now) && socket.writableLength === 0) socket.write('', this.#onAsked);
  }

  /** A failure by the system, not of a socket that was closed meanwhile, shows that the peer has gone. */
  readonly #onAsked = (error: Error | null | undefined): void => {
    if (error && /^E(?!RR_)/.test(errorCode(error))) this.#found = true;
  };

  /** Whether the socket was closed because its peer had gone without a word: found here, or by TCP keep-alive. */
  get hasGone(): boolean {
    const { errored } = this.#socket;
    return this.#found || (errored !== null && errorCode(errored) === 'ETIMEDOUT');
  }

  /** A write after the end is an error, and every write starts an idle time-out again. */
  get #canAsk(): boolean {
    return this.#socket.writable && (this.#socket.timeout ?? 0) === 0;
  }

  /** Whether Node would notice a reset: not once it has read an end, nor while the socket is held back. */
  #hears(now: number): boolean {
    const { readableEnded, readableFlowing } = this.#socket;
    return !readableEnded && (readableFlowing === true || now - this.#lastRead.at < this.#times.heldBackMs);
  }

  /** The key of its row in the system's table, or that the table is not needed now. */
  tableKey(now: number): TableKey | 'not_needed' {
    const socket = this.#socket;
    if (socket.destroyed || socket.connecting) return 'not_needed';
    const allAcknowledged = socket.bytesWritten === this.#acknowledged && !socket.writableEnded;
    if (allAcknowledged && (this.#canAsk || this.#hears(now))) return 'not_needed';
    if (this.#key === 'not_read') this.#key = keyOf(socket);
    return this.#key;
  }

  /** Bytes given to the system so far. */
  get written(): number {
    return this.#socket.bytesWritten;
  }

  /** Learns from its row, and closes the socket if the peer answers no more. `written`: as it was before the table was read. */
  compare({ unacknowledged, awaits, unanswered }: TcpRow, written: number, now: number): void {
    if (unacknowledged === 0) this.#acknowledged = written;
    const { times, since } = this.#unanswered;
    // Fewer than before: the peer has acknowledged something in between.
    this.#unanswered = { times: unanswered, since: times > 0 && unanswered >= times ? since : now };
    const ms = now - this.#unanswered.since;
    if (unanswered >= TRIES[awaits] && ms >= this.#times.unansweredMs)
      this.end(`no answer for ${Math.round(ms / 1_000)} s`);
  }

  /** Closes the socket because its peer has gone. */
  end(why: string): void {
    this.#found = true;
    this.#socket.destroy(new Error(why));
  }
}

/** The key of a socket's row. The ends of a connection that the system has closed are unknown. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): TableKey | 'not_read' {
  if (localAddress === undefined || localPort === undefined) return 'not_read';
  if (remoteAddress === undefined || remotePort === undefined) return 'not_read';
  const own = { address: addressFromSocket(localAddress), port: localPort };
  return tableKey(own, { address: addressFromSocket(remoteAddress), port: remotePort });
}
