import type { IpAddress } from '../address/index.js';
import { setBounded } from '../system/values/index.js';
import type { ProbeFailed } from './handshake.js';

/** The peer of a probe. */
interface ProbedPeer {
  readonly protocol: 'tls' | 'ssh';
  readonly address: IpAddress;
  readonly port: number;
}

/** The peer of a probe, and what it was asked for: the server name, or the host key algorithms. */
export interface ProbeSubject extends ProbedPeer {
  readonly asked: string;
}

/** How long and how much is remembered; `now` is a clock in milliseconds that only goes forward. */
interface MemoryOptions {
  readonly now: () => number;
  readonly lifeMs?: number;
  readonly entries?: number;
}

interface CacheEntry<T> {
  readonly answer: Promise<T | ProbeFailed>;
  /** Infinity while there is no answer. */
  until: number;
  answeredAt: number;
}

const LIFE_MS = 300_000;
const FAILED_LIFE_MS = 2_000;
const ENTRIES = 1_000;

/**
 * Caches what probes showed: for five minutes, and failures for two seconds, so that a repaired server is not held up.
 * Callers during a probe share its answer. At most 1,000 answers are kept; the oldest goes first.
 */
export class ProbeCache<T extends { readonly kind: string }> {
  readonly #entries = new Map<string, CacheEntry<T>>();
  readonly #now: () => number;
  readonly #lifeMs: number;
  readonly #most: number;

  constructor({ now, lifeMs = LIFE_MS, entries = ENTRIES }: MemoryOptions) {
    this.#now = now;
    this.#lifeMs = lifeMs;
    this.#most = entries;
  }

  /** The remembered answer, or that of `probe`, which all callers share meanwhile. */
  ask(subject: ProbeSubject, probe: () => Promise<T | ProbeFailed>): Promise<T | ProbeFailed> {
    const key = keyOf(subject);
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#now()) return known.answer;
    const entry: CacheEntry<T> = { answer: probe(), until: Infinity, answeredAt: Infinity };
    setBounded(this.#entries, key, entry, this.#most);
    entry.answer.then(
      ({ kind }) => {
        entry.answeredAt = this.#now();
        entry.until = entry.answeredAt + (kind === 'failed' ? FAILED_LIFE_MS : this.#lifeMs);
      },
      () => (entry.until = 0), // a bug, which the caller sees; the next caller probes again
    );
    return entry.answer;
  }

  /**
   * Forgets all answers of a peer that led to a denial, unless they are fresh: the server may have been repaired since. It
   * visits every entry, so it is for rare events.
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
}

function keyOf(subject: ProbeSubject): string {
  return `${startOf(subject)}${subject.asked}`;
}

/** How the keys of all that one peer was asked for begin. */
function startOf({ protocol, address, port }: ProbedPeer): string {
  return `${protocol} ${address.text} ${port} `;
}
