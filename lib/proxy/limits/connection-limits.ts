import { ALL, type LimitNotices, type ReachedLimit, ReachedLimits } from './reached-limits.js';

/** Why a new connection is refused at once. */
export type OverLimit = 'no' | 'too_many_connections' | 'too_many_from_client';

/**
 * A connection that has come: whether it is served, and what is to be called once it is closed. `no_room_to_refuse`: too many
 * are being refused, and it is closed without an answer.
 */
interface Arrival {
  readonly over: OverLimit | 'no_room_to_refuse';
  readonly closed: () => void;
}

/** Connections now, and limits that are reached. */
export interface ConnectionCounts {
  readonly open: number;
  /** The most connections that one client has. */
  readonly largestClient: number;
  readonly reached: readonly ReachedLimit[];
  /** Connections closed without an answer since the start, because too many were being refused. */
  readonly dropped: number;
}

/** How many refusals may be under way: a share of all connections, within these bounds. */
const REFUSING = { share: 0.05, least: 16, most: 256 };

/** How often limits are looked at, of which it must be said that there is room again. */
const LOOK_MS = 1_000;

/**
 * Counts client connections against the limits. A refused one takes nothing from others: it is not counted among those that
 * are served, and only so many refusals are under way at once.
 */
export class ConnectionLimits {
  readonly #most: { readonly total: number; readonly perClient: number };
  readonly #mostRefusing: number;
  readonly #mono: () => number;
  readonly #perClient = new Map<string, number>();
  readonly #reached: ReachedLimits;
  #open = 0;
  #refusing = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    most: { readonly total: number; readonly perClient: number },
    notices: LimitNotices,
    clocks: { readonly now: () => Date; readonly mono: () => number },
  ) {
    this.#most = most;
    this.#mostRefusing = Math.min(REFUSING.most, Math.max(REFUSING.least, Math.floor(most.total * REFUSING.share)));
    this.#mono = clocks.mono;
    this.#reached = new ReachedLimits(notices, clocks.now);
  }

  /** Begins to look, at intervals. */
  start(): void {
    this.#timer = setInterval(() => this.#reached.look(this.#mono()), LOOK_MS).unref();
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Counts a connection from a client's address. */
  arrived(client: string): Arrival {
    const over = this.#overLimit(client);
    if (over === 'no') {
      this.#change(client, 1);
      return { over, closed: () => this.#change(client, -1) };
    }
    this.#reached.refused(over === 'too_many_connections' ? ALL : client);
    if (this.#refusing >= this.#mostRefusing) {
      this.#dropped += 1;
      return { over: 'no_room_to_refuse', closed: () => undefined };
    }
    this.#refusing += 1;
    return { over, closed: () => (this.#refusing -= 1) };
  }

  /** Connections now, and limits that are reached. */
  counts(): ConnectionCounts {
    const largestClient = [...this.#perClient.values()].reduce((most, open) => Math.max(most, open), 0);
    return { open: this.#open, largestClient, reached: this.#reached.all(), dropped: this.#dropped };
  }

  #overLimit(client: string): OverLimit {
    // The client's comes first: its own limit says more to it, and to the operator.
    if ((this.#perClient.get(client) ?? 0) >= this.#most.perClient) return 'too_many_from_client';
    return this.#open >= this.#most.total ? 'too_many_connections' : 'no';
  }

  #change(client: string, by: 1 | -1): void {
    const { total, perClient } = this.#most;
    const mono = this.#mono();
    const open = (this.#perClient.get(client) ?? 0) + by;
    if (open > 0) this.#perClient.set(client, open);
    else this.#perClient.delete(client);
    this.#open += by;
    this.#reached.at(client, open, perClient, mono);
    this.#reached.at(ALL, this.#open, total, mono);
  }
}
