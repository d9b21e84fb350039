import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Destination, formatDestination, formatHost } from '../../address/index.js';
import type { ProxyUser } from '../console/index.js';
import { errorCode } from '../../system/index.js';

/** The proxy of a tunnel, and the user that opens it. */
export interface Route {
  readonly proxy: Destination;
  readonly user: ProxyUser;
}

/** A refusal by the proxy, from its reply. */
export interface TunnelRefused {
  readonly kind: 'refused';
  readonly status: number;
  /** The reason phrase. */
  readonly phrase: string;
  /** The attempt's id, where the proxy is a tidegate. */
  readonly attempt: string | 'none';
}

/** A connection to the destination, a refusal by the proxy, or that no proxy answers. */
type Tunnel =
  | { readonly kind: 'tunnel'; readonly socket: Socket }
  | TunnelRefused
  | { readonly kind: 'no_proxy'; readonly detail: string };

/** tidegate answers a CONNECT in under twelve seconds (law 7). */
const REPLY_TIMEOUT_MS = 20_000;

/** Opens a tunnel through the proxy by one CONNECT, as any client would. Never throws. */
export function openTunnel(destination: Destination, { proxy, user }: Route): Promise<Tunnel> {
  const authority = formatDestination(destination);
  const { host } = proxy;
  return new Promise((resolve) => {
    const connecting = request({
      // Node wants an IPv6 address without its brackets.
      host: host.kind === 'address' ? host.address.text : formatHost(host),
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...authorization(user) },
      agent: false,
      timeout: REPLY_TIMEOUT_MS,
    });
    connecting.once('timeout', () => connecting.destroy(new Error(`no answer within ${REPLY_TIMEOUT_MS / 1_000} s`)));
    connecting.on('error', (error) => resolve({ kind: 'no_proxy', detail: failureOf(error) }));
    // A server that does not support CONNECT answers this way.
    connecting.once('response', (response) => {
      response.destroy();
      resolve(refusalOf(response));
    });
    connecting.once('connect', (response, socket, first) => {
      socket.setTimeout(0);
      socket.on('error', () => undefined); // its reader handles its end
      if (response.statusCode === 200) {
        if (first.length > 0) socket.unshift(first);
        resolve({ kind: 'tunnel', socket });
      } else {
        socket.destroy();
        resolve(refusalOf(response));
      }
    });
    connecting.end();
  });
}

function authorization(user: ProxyUser): Readonly<Record<string, string>> {
  if (user.kind === 'none') return {};
  const pair = Buffer.from(`${user.user}:${user.password}`).toString('base64');
  return { 'Proxy-Authorization': `Basic ${pair}` };
}

function refusalOf({ statusCode = 0, statusMessage = '', headers }: IncomingMessage): TunnelRefused {
  const id = headers['x-tidegate-attempt'];
  return {
    kind: 'refused',
    status: statusCode,
    phrase: statusMessage === '' ? `status ${statusCode}` : statusMessage,
    attempt: typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) ? id : 'none',
  };
}

function failureOf(error: Error): string {
  const code = errorCode(error);
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
      return 'unknown host name';
    case 'ECONNRESET':
      return 'it closed the connection without a reply';
    default:
      return code.startsWith('HPE_') ? 'its reply is not HTTP' : error.message;
  }
}
