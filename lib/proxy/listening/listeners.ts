import { createServer, type Server, type Socket } from 'node:net';
import { RELAYED_SOCKET } from '../../relay/index.js';
import { boundAddress, errorReason, listening } from '../../system/index.js';

/** Where to listen. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A listener could not be opened; those already open have been closed again. `code` is the system's, such as `EADDRINUSE`. */
export interface ListenProblem {
  readonly kind: 'listen_problem';
  readonly address: ListenAddress;
  readonly code: string;
}

/** The listeners of one proxy. */
export class Listeners {
  readonly #servers: Server[] = [];
  readonly #addresses: ListenAddress[] = [];

  /** The addresses in use: each is here before a client can reach it. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  /** Opens all or none: if one fails, closes those already open and gives the problem. */
  async open(
    wanted: readonly ListenAddress[],
    onConnection: (socket: Socket) => void,
    onError: (error: Error) => void,
  ): Promise<{ readonly kind: 'listening' } | ListenProblem> {
    for (const address of wanted) {
      const server = createServer(RELAYED_SOCKET, onConnection);
      try {
        await listening(server, { ...address, ipv6Only: isIpv6Only(address, wanted), backlog: 1024 });
      } catch (error) {
        this.close();
        return { kind: 'listen_problem', address, code: errorReason(error) };
      }
      server.on('error', onError);
      this.#servers.push(server);
      this.#addresses.push(boundAddress(server));
    }
    return { kind: 'listening' };
  }

  /** Accepts no more connections; open ones stay. */
  close(): void {
    for (const server of this.#servers) server.close();
  }
}

/** `[::]` takes IPv4 too, as people expect of it alone; not where an IPv4 listener has the same port. */
function isIpv6Only({ host, port }: ListenAddress, all: readonly ListenAddress[]): boolean {
  return host === '::' && port !== 0 && all.some((other) => other.port === port && !other.host.includes(':'));
}
