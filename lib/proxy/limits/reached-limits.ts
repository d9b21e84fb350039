/** A limit that is reached, or was a moment ago. `client` is the address, or `'all'` for the limit on all connections. */
export interface ReachedLimit {
  readonly limit: 'limits.connections' | 'limits.connections-per-client';
  readonly client: string;
  readonly most: number;
  /** Connections refused since it was reached. */
  readonly refused: number;
  readonly since: Date;
}

/** Called once when a limit is reached, and once when it is left. */
export interface LimitNotices {
  readonly reached: (limit: ReachedLimit) => void;
  readonly left: (limit: ReachedLimit) => void;
}

interface FollowedLimit extends ReachedLimit {
  refused: number;
  /** Since when there has been room again, in milliseconds of a clock that never jumps. */
  roomSince: number | 'none';
}

/** There is room again at this part of the limit: a client at its limit that closes one and opens one has not left it. */
const ROOM = 0.9;
/** How long there must be room. */
const HOLD_MS = 5_000;
/** The most clients that are followed; of others, connections are refused and counted all the same. */
const MAX_ENTRIES = 100;

/** Follows which limits are reached, by client. */
export class ReachedLimits {
  readonly #entries = new Map<string, FollowedLimit>();
  readonly #notices: LimitNotices;
  readonly #now: () => Date;

  constructor(notices: LimitNotices, now: () => Date) {
    this.#notices = notices;
    this.#now = now;
  }

  /** All that are reached, the one on all connections first. */
  all(): readonly ReachedLimit[] {
    const shown = [...this.#entries.values()].map(({ limit, client, most, refused, since }) => {
      return { limit, client, most, refused, since };
    });
    return shown.sort((a, b) => Number(b.client === ALL) - Number(a.client === ALL));
  }

  /** Learns how many connections a client has now. */
  at(client: string, open: number, most: number, mono: number): void {
    const entry = this.#entries.get(client);
    if (entry === undefined) {
      if (open >= most) this.#enter(client, most);
    } else if (open >= most) entry.roomSince = 'none';
    else if (entry.roomSince === 'none' && open <= Math.floor(most * ROOM)) entry.roomSince = mono;
  }

  /** Counts a refusal. */
  refused(client: string): void {
    const entry = this.#entries.get(client);
    if (entry !== undefined) entry.refused += 1;
  }

  /** Lets go of the limits that have had room for long enough. */
  look(mono: number): void {
    for (const [client, entry] of this.#entries) {
      if (entry.roomSince === 'none' || mono - entry.roomSince < HOLD_MS) continue;
      this.#entries.delete(client);
      this.#notices.left(entry);
    }
  }

  #enter(client: string, most: number): void {
    // Never crowded out by clients: it concerns all of them.
    if (client !== ALL && this.#entries.size >= MAX_ENTRIES) return;
    const limit = client === ALL ? 'limits.connections' : 'limits.connections-per-client';
    const entry: FollowedLimit = { limit, client, most, refused: 0, since: this.#now(), roomSince: 'none' };
    this.#entries.set(client, entry);
    this.#notices.reached(entry);
  }
}

/** Stands for every client together. */
export const ALL = 'all';
