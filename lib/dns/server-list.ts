import { Resolver } from 'node:dns';
import { type DnsServer, readDnsServer } from './server.js';

/** The DNS servers of the system, in order: `/etc/resolv.conf`, or what Windows has for its network adapters. */
export function systemServers(): readonly string[] {
  return new Resolver().getServers();
}

/** How long the system's servers are used before they are read again. */
const FRESH_MS = 1_000;
/** What a reader of `/etc/resolv.conf` takes where the file names no server. It may be in the middle of a change. */
const FALLBACK = '127.0.0.1';

/** Which DNS servers to ask: those of the configuration, or the system's, which are read again when they have changed. */
export class ServerList {
  readonly #read: () => readonly string[];
  readonly #changed: (servers: readonly string[]) => void;
  #servers: readonly DnsServer[] = [];
  #text = '';
  #readAt = performance.now();
  #sawFallback = false;

  /** `changed` is called with the new servers when the system's have changed. */
  constructor(
    servers: readonly string[] | 'system',
    changed: (servers: readonly string[]) => void = () => undefined,
    readSystem: () => readonly string[] = systemServers,
  ) {
    this.#read = servers === 'system' ? readSystem : () => servers;
    this.#changed = changed;
    this.#adopt(this.#read());
  }

  /** The servers, no older than a second. */
  current(): readonly DnsServer[] {
    const now = performance.now();
    if (now - this.#readAt >= FRESH_MS) this.#look(now);
    return this.#servers;
  }

  /** Reads the system's servers now. */
  reread(): void {
    this.#readAt = performance.now();
    this.#adoptIfChanged(this.#read());
  }

  #look(now: number): void {
    this.#readAt = now;
    const texts = this.#read();
    const isFallback = texts.length === 1 && texts[0] === FALLBACK;
    // A file that is empty for a moment leaves the servers as they are.
    if (!isFallback || this.#sawFallback) this.#adoptIfChanged(texts);
    this.#sawFallback = isFallback;
  }

  #adoptIfChanged(texts: readonly string[]): void {
    if (texts.join(' ') === this.#text) return;
    this.#adopt(texts);
    this.#changed(texts);
  }

  #adopt(texts: readonly string[]): void {
    this.#text = texts.join(' ');
    this.#servers = texts.flatMap((text) => {
      const server = readDnsServer(text);
      return server === 'malformed' ? [] : [server];
    });
  }
}
