import { connect as dial } from 'node:net';
import type { Socket } from 'node:net';
import type { IpAddress } from '../../address/index.js';
import type { FailureCode } from '../../audit/index.js';
import type { Opened } from './open.js';
import { ignore } from '../../relay/index.js';
import { refuseFailed } from '../refusal/index.js';
import type { Refusal } from '../refusal/index.js';
import type { Wire } from '../wire/index.js';

/** A connection we opened, and the checked address it leads to. `wire`: what it is read by, once something has read it. */
export interface Upstream {
  readonly kind: 'upstream';
  readonly socket: Socket;
  readonly wire: Wire | 'none';
  readonly address: IpAddress;
  readonly reused: boolean;
}

/** How a dial is bounded, and how the caller tells that nobody waits for it any more. */
export interface DialOptions {
  readonly budgetMs: number;
  /** Registers what to call when the client is gone: the dial is then given up and its sockets closed. */
  readonly whenAbandoned: (giveUp: () => void) => void;
}

const STAGGER_MS = 250;
const BUFFER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 15_000;

/**
 * Dials, by number, an address that a recorded permit names: the one place in tidegate where a connection out begins
 * (laws 3 and 4). Several addresses are tried a quarter of a second apart and the first to answer wins (RFC 8305 §5);
 * no name is looked up again and no other address is ever tried. Fails as a refusal with the RFC 9209 type.
 */
export function connect(opened: Opened, options: DialOptions): Promise<Upstream | Refusal> {
  const { addresses, attempt } = opened.permit;
  const { port } = attempt.destination;
  return new Promise((resolve) => {
    const trying = new Set<Socket>();
    const waiting = [...addresses];
    let lastFailure: Refusal = refuseFailed('connection_timeout', `no answer in ${options.budgetMs} ms`);
    let stagger: NodeJS.Timeout | undefined;

    const settle = (result: Upstream | Refusal): void => {
      clearTimeout(budget);
      clearTimeout(stagger);
      for (const socket of trying) if (result.kind === 'refusal' || socket !== result.socket) socket.destroy();
      trying.clear();
      resolve(result);
    };
    const budget = setTimeout(() => settle(lastFailure), options.budgetMs);
    options.whenAbandoned(() => settle(refuseFailed('connection_terminated', 'the client went away during the dial')));

    const tryNext = (): void => {
      clearTimeout(stagger);
      const address = waiting.shift();
      if (address === undefined) {
        if (trying.size === 0) settle(lastFailure);
        return;
      }
      const socket = open(address, port);
      trying.add(socket);
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        // Whoever takes the socket acts on 'close', which follows every 'error'; until then an error must not be unheard.
        socket.on('error', ignore);
        if (trying.has(socket)) settle({ kind: 'upstream', socket, wire: 'none', address, reused: false });
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (!trying.delete(socket)) return;
        lastFailure = refuseFailed(failureOf(error.code), `${address.text}: ${error.code ?? error.message}`);
        tryNext();
      });
      if (waiting.length > 0) stagger = setTimeout(tryNext, STAGGER_MS);
    };
    tryNext();
  });
}

function open(address: IpAddress, port: number): Socket {
  const buffers = { highWaterMark: BUFFER_BYTES };
  return dial({
    ...buffers,
    host: address.text,
    port,
    family: address.family,
    autoSelectFamily: false,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
}

const FAILURES: ReadonlyMap<string, FailureCode> = new Map([
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_terminated'],
  ['ETIMEDOUT', 'connection_timeout'],
  ['EHOSTUNREACH', 'destination_ip_unroutable'],
  ['ENETUNREACH', 'destination_ip_unroutable'],
  ['EADDRNOTAVAIL', 'destination_ip_unroutable'],
  ['EMFILE', 'connection_limit_reached'],
  ['ENFILE', 'connection_limit_reached'],
]);

function failureOf(code: string | undefined): FailureCode {
  return FAILURES.get(code ?? '') ?? 'destination_unavailable';
}
