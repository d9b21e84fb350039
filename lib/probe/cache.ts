import type { IpAddress } from '../address/index.js';
import type { ProbeFailed } from './handshake.js';

/** Whom a probe asked. */
interface ProbedPeer {
  readonly protocol: 'tls' | 'ssh';
  readonly address: IpAddress;
  readonly port: number;
}

/** Whom a probe asked, and for what: the server name, or the host key algorithms. Other words are another question. */
export interface ProbeSubject extends ProbedPeer {
  readonly asked: string;
}

/** How long and how much is remembered; `now` is a clock in milliseconds that only goes forward. */
interface MemoryOptions {
  readonly now: () => number;
  readonly lifeMs?: number;
  readonly entries?: number;
}

interface Entry<T> {
  readonly answer: Promise<T | ProbeFailed>;
  /** Infinity while nobody has answered. */
  until: number;
  answeredAt: number;
}

const LIFE_MS = 300_000;
const FAILED_LIFE_MS = 2_000;
const ENTRIES = 1_000;

/**
 * Remembers what probes showed, so that a server is not asked anew for every tunnel: five minutes, and failures two
 * seconds, so that a mended server is not held up. Who asks while a probe is under way waits for that one. At most 1,000
 * answers are kept; the oldest goes first.
 */
export class ProbeCache<T extends { readonly kind: string }> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;
  readonly #lifeMs: number;
  readonly #most: number;

  constructor({ now, lifeMs = LIFE_MS, entries = ENTRIES }: MemoryOptions) {
    this.#now = now;
    this.#lifeMs = lifeMs;
    this.#most = entries;
  }

  /** The remembered answer, or that of `probe`, which then counts for everybody who asks meanwhile. */
  ask(subject: ProbeSubject, probe: () => Promise<T | ProbeFailed>): Promise<T | ProbeFailed> {
    const key = keyOf(subject);
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#now()) return known.answer;
    const entry: Entry<T> = { answer: probe(), until: Infinity, answeredAt: Infinity };
    this.#keep(key, entry);
    entry.answer.then(
      ({ kind }) => {
        entry.answeredAt = this.#now();
        entry.until = entry.answeredAt + (kind === 'failed' ? FAILED_LIFE_MS : this.#lifeMs);
      },
      () => (entry.until = 0), // a bug, which whoever asked hears of; the next one asks again
    );
    return entry.answer;
  }

  /**
   * Forgets all answers of a peer that somebody was turned away for, unless they are fresh: it may have been mended since.
   * Looks through all that is remembered, so it is for what happens seldom.
   */
  doubt(peer: ProbedPeer): void {
    const before = this.#now() - FAILED_LIFE_MS;
    const start = startOf(peer);
    for (const [key, { answeredAt }] of this.#entries) {
      if (answeredAt <= before && key.startsWith(start)) this.#entries.delete(key);
    }
  }

  /** Forgets an answer that something else has shown to be old. A probe under way is not forgotten. */
  forget(subject: ProbeSubject): void {
    const key = keyOf(subject);
    if ((this.#entries.get(key)?.until ?? Infinity) < Infinity) this.#entries.delete(key);
  }

  #keep(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#most) return;
      this.#entries.delete(oldest);
    }
  }
}

function keyOf(subject: ProbeSubject): string {
  return `${startOf(subject)}${subject.asked}`;
}

/** How the keys of all that one peer was asked for begin. */
function startOf({ protocol, address, port }: ProbedPeer): string {
  return `${protocol} ${address.text} ${port} `;
}
