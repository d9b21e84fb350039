import { setTimeout as pause } from 'node:timers/promises';
import { fingerprintOf, readFolder } from './folder.js';
import type { PolicySource, SourceContent, SourceFailure } from './policy-source.js';

const SETTLE_MS = 150;
const SETTLE_TRIES = 5;
const CONTENT_CHECK_MS = 30_000;

/** How often a folder is checked, in milliseconds, and the clock. Other than usual only in tests. */
interface FolderPace {
  readonly pollMs?: number;
  readonly now?: () => Date;
}

/** Policy files in a folder on disk, or the one file that `path` is. */
export function folderSource(path: string, pace: FolderPace = {}): PolicySource {
  return new Folder(path, pace);
}

class Folder implements PolicySource {
  readonly name: string;
  readonly #pollMs: number;
  readonly #now: () => Date;
  readonly #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #fingerprint = 'never_read';
  #revision = 'none';
  #contentCheckedAt = 0;

  constructor(path: string, { pollMs = 500, now = (): Date => new Date() }: FolderPace) {
    this.name = path;
    this.#pollMs = pollMs;
    this.#now = now;
  }

  async read(): Promise<SourceContent | SourceFailure> {
    const { reading, fingerprint } = await readFolder(this.name);
    this.#fingerprint = fingerprint;
    this.#revision = reading.kind === 'content' ? reading.revision : 'none';
    this.#contentCheckedAt = this.#now().getTime();
    return reading;
  }

  async check(): Promise<'changed' | 'unchanged' | 'unknown'> {
    const fingerprint = await fingerprintOf(this.name);
    if (fingerprint === 'not_visible') return 'unknown';
    if (fingerprint !== this.#fingerprint) return this.#settled(fingerprint);
    return (await this.#contentChanged()) ? 'changed' : 'unchanged';
  }

  watch(notify: () => Promise<void>): void {
    this.#watching = this.#poll(notify);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #poll(notify: () => Promise<void>): Promise<void> {
    while (await this.#pause(this.#pollMs)) await notify();
  }

  /** Waits; says whether to go on. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stop;
    await pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }

  /** Waits until a change is over, as far as can be seen: a copy in progress is half a policy. */
  async #settled(first: string): Promise<'changed' | 'unknown'> {
    let before = first;
    for (let attempt = 0; attempt < SETTLE_TRIES; attempt += 1) {
      if (!(await this.#pause(SETTLE_MS))) return 'unknown';
      const after = await fingerprintOf(this.name);
      if (after === before) break;
      before = after;
    }
    return 'changed';
  }

  /** Now and then reads the files themselves: the fingerprint of a folder is a hint, the content decides. */
  async #contentChanged(): Promise<boolean> {
    const at = this.#now().getTime();
    if (at - this.#contentCheckedAt < CONTENT_CHECK_MS) return false;
    this.#contentCheckedAt = at;
    const { reading } = await readFolder(this.name);
    return (reading.kind === 'content' ? reading.revision : 'none') !== this.#revision;
  }
}
