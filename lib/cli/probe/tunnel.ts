import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Destination, formatDestination, formatHost } from '../../address/index.js';
import { errorCode } from '../../system/index.js';

/** A user of the proxy, and the password. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** How a tunnel is asked for. */
export interface Way {
  readonly proxy: Destination;
  readonly credentials: Credentials | 'none';
}

/** The proxy's no: what its reply says. */
export interface TunnelRefused {
  readonly kind: 'refused';
  readonly status: number;
  /** The reason phrase. */
  readonly words: string;
  /** The attempt's id, where the proxy is a tidegate. */
  readonly attempt: string | 'none';
}

/** A connection to the destination; the proxy's no; or no proxy that answers. */
type Tunnel =
  | { readonly kind: 'tunnel'; readonly socket: Socket }
  | TunnelRefused
  | { readonly kind: 'no_proxy'; readonly detail: string };

/** tidegate answers a CONNECT in under twelve seconds (law 7). */
const PATIENCE_MS = 20_000;

/** Asks the proxy for a tunnel by one CONNECT, as any client would. Never throws. */
export function openTunnel(destination: Destination, { proxy, credentials }: Way): Promise<Tunnel> {
  const authority = formatDestination(destination);
  const { host } = proxy;
  return new Promise((resolve) => {
    const asked = request({
      // Node wants an IPv6 address without its brackets.
      host: host.kind === 'address' ? host.address.text : formatHost(host),
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...authorization(credentials) },
      agent: false,
      timeout: PATIENCE_MS,
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer in ${PATIENCE_MS / 1_000} s`)));
    asked.on('error', (error) => resolve({ kind: 'no_proxy', detail: failureOf(error) }));
    // Only something that takes CONNECT for another method answers in this way.
    asked.once('response', (response) => {
      response.destroy();
      resolve(refusalOf(response));
    });
    asked.once('connect', (response, socket, first) => {
      socket.setTimeout(0);
      socket.on('error', () => undefined); // whoever reads the socket hears of its end
      if (response.statusCode === 200) {
        if (first.length > 0) socket.unshift(first);
        resolve({ kind: 'tunnel', socket });
      } else {
        socket.destroy();
        resolve(refusalOf(response));
      }
    });
    asked.end();
  });
}

function authorization(credentials: Credentials | 'none'): Readonly<Record<string, string>> {
  if (credentials === 'none') return {};
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return { 'Proxy-Authorization': `Basic ${pair}` };
}

function refusalOf({ statusCode = 0, statusMessage = '', headers }: IncomingMessage): TunnelRefused {
  const id = headers['x-tidegate-attempt'];
  return {
    kind: 'refused',
    status: statusCode,
    words: statusMessage === '' ? `status ${statusCode}` : statusMessage,
    attempt: typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) ? id : 'none',
  };
}

function failureOf(error: Error): string {
  const code = errorCode(error);
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
      return 'its name is not known';
    case 'ECONNRESET':
      return 'it closes the connection without an answer';
    default:
      return code.startsWith('HPE_') ? 'what listens there is no HTTP proxy' : error.message;
  }
}
