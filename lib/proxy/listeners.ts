import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseAddress, type IpAddress } from '../address/index.js';
import type { IsOwnListener } from '../policy/index.js';
import { boundAddress, errorReason, listening } from '../system/index.js';
import type { ListenAddress, ListenProblem } from './options.js';

const SOCKETS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 15_000,
  highWaterMark: 64 * 1024,
} as const;
const INTERFACES_FRESH_MS = 5_000;

/** The listeners of one proxy: where they really are, and the way to close them. */
export class Listeners {
  readonly #servers: Server[] = [];
  readonly #addresses: ListenAddress[] = [];

  /** Where we listen, each from the moment on at which a client can reach it. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  /** Opens all or none: on the first that fails, those already open are closed and the problem is given back. */
  async open(
    wanted: readonly ListenAddress[],
    onConnection: (socket: Socket) => void,
    onError: (error: Error) => void,
  ): Promise<ListenProblem | 'none'> {
    for (const address of wanted) {
      const opened = await this.#listen(address, onConnection);
      if (opened.kind === 'listen_problem') {
        this.close();
        return opened;
      }
      opened.server.on('error', onError);
    }
    return 'none';
  }

  /** Takes no new connection from now on; open ones live on. */
  close(): void {
    for (const server of this.#servers) server.close();
  }

  async #listen(address: ListenAddress, onConnection: (socket: Socket) => void): Promise<Listening | ListenProblem> {
    const server = createServer(SOCKETS, onConnection);
    try {
      await listening(server, { host: address.host, port: address.port, backlog: 1024 });
    } catch (error) {
      return { kind: 'listen_problem', address, code: errorReason(error) };
    }
    this.#servers.push(server);
    this.#addresses.push(boundAddress(server));
    return { kind: 'listening', server };
  }
}

type Listening = { readonly kind: 'listening'; readonly server: Server };

/**
 * Answers whether a destination is one of our own listeners, whatever way it is written (rule A14): the very address, an
 * IPv4-mapped form of it, the unspecified address, or, for a listener on all interfaces, any address of this machine.
 */
export function ownListenerCheck(
  listeners: Pick<Listeners, 'addresses'>,
  others: readonly ListenAddress[] = [],
): IsOwnListener {
  const local = localAddresses();
  const isOne = (listener: ListenAddress, address: IpAddress, port: number): boolean => {
    if (listener.port !== port) return false;
    const text = unmapped(address);
    if (isUnspecified(text) || text === listener.host) return true;
    return isUnspecified(listener.host) && (isLoopback(text) || local().has(text));
  };
  return (address, port) =>
    listeners.addresses.some((listener) => isOne(listener, address, port)) ||
    others.some((listener) => isOne(listener, address, port));
}

function isUnspecified(text: string): boolean {
  return text === '0.0.0.0' || text === '::';
}

function isLoopback(text: string): boolean {
  return text.startsWith('127.') || text === '::1';
}

/** The kernel dials an IPv4-mapped address as its IPv4, so for the question "is this us?", and only for it, they are one. */
function unmapped(address: IpAddress): string {
  if (address.family === 4 || address.value >> 32n !== 0xffffn) return address.text;
  const low = Number(address.value & 0xffffffffn);
  return [24, 16, 8, 0].map((shift) => (low >>> shift) & 0xff).join('.');
}

/** This machine's addresses, looked up again when the last look is some seconds old. */
function localAddresses(): () => ReadonlySet<string> {
  let known: ReadonlySet<string> = new Set();
  let lookedAt = -Infinity;
  return () => {
    if (performance.now() - lookedAt < INTERFACES_FRESH_MS) return known;
    lookedAt = performance.now();
    known = new Set(interfaceAddresses() ?? known);
    return known;
  };
}

/** This machine's addresses; nothing where the system cannot tell now, as when there is no descriptor left. */
function interfaceAddresses(): readonly string[] | undefined {
  try {
    const lists = Object.values(networkInterfaces());
    return lists.flatMap((list) => (list ?? []).map(({ address }) => canonical(address)));
  } catch {
    return undefined;
  }
}

function canonical(text: string): string {
  const read = parseAddress(text.split('%')[0] ?? text);
  return read.kind === 'parsed' ? read.value.text : text;
}
