import type { IpAddress } from '../../address/index.js';

/** Gives a turn back. */
export type EndTurn = () => void;

/** How many may be under way and wait, in all and for one client. */
export interface TurnLimits {
  readonly total: number;
  readonly perClient: number;
  readonly waiting: number;
}

interface Waiting {
  readonly grant: (turn: EndTurn | 'none') => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A limit on work under way, shared fairly: one client has half of it at most, and clients that wait come one after the other, so
 * that a client with many requests waits for itself (law 12). A client is an IPv4 address or an IPv6 network of 64 bits.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #underWay = new Map<string, number>();
  /** The clients that wait, the next one first. */
  readonly #queues = new Map<string, Waiting[]>();
  #total = 0;
  #waiting = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Waits for a turn, for at most `ms`; `none`: there was none in time, or too many wait already. */
  take(address: IpAddress, ms: number): Promise<EndTurn | 'none'> {
    const client = address.family === 4 ? address.text : `${address.value >> 64n}`;
    if (this.#isFree(client)) return Promise.resolve(this.#begin(client));
    const queue = this.#queues.get(client) ?? [];
    if (this.#waiting >= this.#limits.waiting || queue.length >= this.#limits.waiting / 2)
      return Promise.resolve('none');
    return new Promise((grant) => {
      const waiting = { grant, timer: setTimeout(() => this.#giveUp(client, waiting), ms) };
      queue.push(waiting);
      this.#queues.set(client, queue);
      this.#waiting += 1;
    });
  }

  #isFree(client: string): boolean {
    return this.#total < this.#limits.total && (this.#underWay.get(client) ?? 0) < this.#limits.perClient;
  }

  #begin(client: string): EndTurn {
    this.#total += 1;
    this.#underWay.set(client, (this.#underWay.get(client) ?? 0) + 1);
    return () => {
      this.#total -= 1;
      const left = (this.#underWay.get(client) ?? 1) - 1;
      if (left > 0) this.#underWay.set(client, left);
      else this.#underWay.delete(client);
      this.#grantNext();
    };
  }

  /** One turn has become free: the first client that may have it gets it, and goes to the end of the line. */
  #grantNext(): void {
    for (const [client, queue] of this.#queues) {
      if (!this.#isFree(client)) continue;
      const waiting = queue.shift();
      this.#queues.delete(client);
      if (queue.length > 0) this.#queues.set(client, queue);
      if (waiting === undefined) continue;
      this.#waiting -= 1;
      clearTimeout(waiting.timer);
      waiting.grant(this.#begin(client));
      return;
    }
  }

  #giveUp(client: string, waiting: Waiting): void {
    const queue = this.#queues.get(client) ?? [];
    const left = queue.filter((each) => each !== waiting);
    if (left.length === 0) this.#queues.delete(client);
    else this.#queues.set(client, left);
    this.#waiting -= queue.length - left.length;
    waiting.grant('none');
  }
}
