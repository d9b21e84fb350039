import { connect as dial, type Socket } from 'node:net';
import type { IpAddress } from '../../address/index.js';
import type { FailureCode } from '../../audit/index.js';
import type { Permit } from '../../policy/index.js';
import { errorCode, errorReason } from '../../system/index.js';
import { permitOf, type Opened } from '../decision/index.js';
import { ignoreError, RELAYED_SOCKET } from '../../relay/index.js';
import { refuseFailed, type Refusal } from '../refusal/index.js';
import type { BufferedSocket, OneShot } from '../socket/index.js';

/** A connection to a destination, and its checked address. `connection`: its reader, once something has read it. */
export interface Upstream {
  readonly kind: 'upstream';
  readonly socket: Socket;
  readonly connection: BufferedSocket | 'none';
  readonly address: IpAddress;
  readonly reused: boolean;
}

/** How long a dial may take, and when it is no longer wanted. */
export interface DialOptions {
  readonly budgetMs: number;
  /** The permitted address to dial. Left out: all of them, in their order. */
  readonly only?: IpAddress;
  /** Ends the dial and closes its sockets. Left out: others wait for the same connection. */
  readonly cancellation?: OneShot;
}

const STAGGER_MS = 250;
const SOCKET = { ...RELAYED_SOCKET, autoSelectFamily: false };

/**
 * Dials, by number, an address that a recorded permit names: the only place where a client's connection out begins (laws 3
 * and 4). Several addresses are tried a quarter of a second apart, and the first to answer wins (RFC 8305 §5). Fails as a
 * refusal with the RFC 9209 type.
 */
export function connect(opened: Opened, options: DialOptions): Promise<Upstream | Refusal> {
  return new Promise((resolve) => new Dial(permitOf(opened), options, resolve).begin());
}

/** One dial of one or more addresses. */
class Dial {
  readonly #port: number;
  readonly #waiting: IpAddress[];
  readonly #options: DialOptions;
  readonly #resolve: (result: Upstream | Refusal) => void;
  readonly #trying = new Set<Socket>();
  readonly #failed: { readonly code: FailureCode; readonly detail: string }[] = [];
  #budget: NodeJS.Timeout | undefined;
  #stagger: NodeJS.Timeout | undefined;
  #over = false;

  constructor({ addresses, attempt }: Permit, options: DialOptions, resolve: (result: Upstream | Refusal) => void) {
    this.#port = attempt.destination.port;
    this.#waiting = addresses.filter(({ text }) => options.only === undefined || text === options.only.text);
    this.#options = options;
    this.#resolve = resolve;
  }

  begin(): void {
    const { budgetMs, cancellation } = this.#options;
    this.#budget = setTimeout(() => this.#refuse('connection_timeout', `no answer in ${budgetMs} ms`), budgetMs);
    // INVARIANT: settles at once if the client has gone already; then nothing is dialled.
    cancellation?.add(this.#cancelled);
    this.#tryNext();
  }

  readonly #cancelled = (): void =>
    this.#settle(refuseFailed('connection_terminated', 'the client went away during the dial'));

  #settle(result: Upstream | Refusal): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#budget);
    this.#options.cancellation?.remove(this.#cancelled);
    clearTimeout(this.#stagger);
    for (const socket of this.#trying) if (result.kind === 'refusal' || socket !== result.socket) socket.destroy();
    this.#trying.clear();
    this.#resolve(result);
  }

  readonly #tryNext = (): void => {
    clearTimeout(this.#stagger);
    if (this.#over) return;
    const address = this.#waiting.shift();
    if (address === undefined) {
      if (this.#trying.size === 0) this.#refuse(this.#failed.at(-1)?.code ?? 'destination_unavailable');
      return;
    }
    this.#try(address);
    if (this.#waiting.length > 0) this.#stagger = setTimeout(this.#tryNext, STAGGER_MS);
  };

  #try(address: IpAddress): void {
    const socket = dial({ ...SOCKET, host: address.text, port: this.#port, family: address.family });
    this.#trying.add(socket);
    socket.once('connect', () => {
      // The next owner acts on 'close', which follows every 'error'; an unhandled 'error' would end the process.
      socket.removeAllListeners('error');
      socket.on('error', ignoreError);
      if (this.#trying.has(socket))
        this.#settle({ kind: 'upstream', socket, connection: 'none', address, reused: false });
      else socket.destroy();
    });
    socket.once('error', (error) => {
      if (!this.#trying.delete(socket)) return;
      const code = FAILURES.get(errorCode(error)) ?? 'destination_unavailable';
      this.#failed.push({ code, detail: `${address.text}: ${errorReason(error)}` });
      this.#tryNext();
    });
  }

  #refuse(code: FailureCode, ...words: readonly string[]): void {
    this.#settle(refuseFailed(code, [...words, ...this.#failed.map(({ detail }) => detail)].join('; ')));
  }
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
