import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { errorCode, errorReason } from '../../system/index.js';
import type { ProxyUser } from '../console/index.js';
import type { ListenerAddress } from './listeners.js';

/**
 * The reply. `answer`: the head of an HTTP response, the connection it came over, and the client address that the proxy
 * saw; `no_listener`: the connection failed, `code` is the system's; `foreign`: not a reply of HTTP; `silent`: no whole
 * reply in time.
 */
export type ConnectReply =
  | { readonly kind: 'answer'; readonly head: IncomingMessage; readonly socket: Socket; readonly from: string }
  | { readonly kind: 'no_listener'; readonly code: string; readonly detail: string }
  | { readonly kind: 'foreign' | 'silent'; readonly detail: string };

/** Sends one CONNECT to a listener of the proxy, as any client does. The caller closes the `socket` of an answer. */
export function requestConnect(
  { host, port }: ListenerAddress,
  authority: string,
  user: ProxyUser,
  timeoutMs: number,
): Promise<ConnectReply> {
  return new Promise((resolve) => {
    let connected = false;
    const late = new Error(`no answer within ${timeoutMs / 1_000} s`);
    const headers = { Host: authority, ...authorization(user) };
    const connecting = request({ host, port, method: 'CONNECT', path: authority, headers, agent: false });
    const timer = setTimeout(() => connecting.destroy(late), timeoutMs);
    connecting.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    connecting.on('error', (error) => {
      clearTimeout(timer);
      const detail = detailOf(error);
      if (!connected) resolve({ kind: 'no_listener', code: error === late ? 'ETIMEDOUT' : errorReason(error), detail });
      else resolve({ kind: error === late ? 'silent' : 'foreign', detail });
    });
    // Node reports every reply to a CONNECT in this way, whatever its status.
    connecting.once('connect', (head, socket, first) => {
      clearTimeout(timer);
      socket.on('error', () => undefined); // its reader handles its end
      if (first.length > 0) socket.unshift(first);
      resolve({ kind: 'answer', head, socket, from: socket.localAddress ?? host });
    });
    connecting.end();
  });
}

function authorization(user: ProxyUser): Readonly<Record<string, string>> {
  if (user.kind === 'none') return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(`${user.user}:${user.password}`).toString('base64')}` };
}

function detailOf(error: Error): string {
  const code = errorCode(error);
  return code.startsWith('HPE_') ? 'its reply is not HTTP' : (DETAILS[code] ?? error.message);
}

const DETAILS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host name',
  ECONNRESET: 'it closed the connection without a reply',
};

/** The error type in the `Proxy-Status` of a refusal by tidegate (RFC 9209), or `'not_ours'`. */
export function errorTypeIn(head: IncomingMessage): string {
  const [, type = 'not_ours'] = /^tidegate; error=([a-z_]+)$/.exec(fieldIn(head, 'proxy-status')) ?? [];
  return type;
}

/** The attempt's id in a refusal by tidegate, or `'none'`. */
export function attemptIn(head: IncomingMessage): string {
  const id = fieldIn(head, 'x-tidegate-attempt');
  return /^[0-9A-Za-z-]{16,36}$/.test(id) ? id : 'none';
}

/** The value of a header field, or the empty text. */
export function fieldIn({ headers }: IncomingMessage, name: string): string {
  return String(headers[name] ?? '');
}
