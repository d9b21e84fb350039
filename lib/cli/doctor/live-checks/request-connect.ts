import { connect } from 'node:net';
import { readResponseHead, type ResponseHead } from '../../../protocol/http/index.js';
import type { ProxyUser } from '../../console/index.js';
import { errorReason } from '../../../system/index.js';

/** An address and a port that clients connect to. */
export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The reply. `answer`: a whole HTTP head, and the client address that the proxy saw; `no_listener`: the connection failed,
 * `code` is the system's; `foreign`: the reply is not HTTP; `silent`: no whole reply in time.
 */
export type ConnectReply =
  | { readonly kind: 'answer'; readonly head: ResponseHead; readonly from: string }
  | { readonly kind: 'no_listener'; readonly code: string }
  | { readonly kind: 'foreign'; readonly detail: string }
  | { readonly kind: 'silent' };

/** Sends one CONNECT to a listener of the proxy, as any client does, and disconnects after the head of the reply. */
export function requestConnect(
  to: ListenerAddress,
  authority: string,
  user: ProxyUser,
  timeoutMs: number,
): Promise<ConnectReply> {
  return new Promise((resolve) => {
    const socket = connect({ host: to.host, port: to.port });
    let connected = false;
    let received = Buffer.alloc(0);
    const settle = (reply: ConnectReply): void => {
      clearTimeout(timer);
      resolve(reply);
      socket.destroy();
    };
    const lost = (code: string): void =>
      settle(
        connected ? { kind: 'foreign', detail: `it closed the connection (${code})` } : { kind: 'no_listener', code },
      );
    const timer = setTimeout(
      () => settle(connected ? { kind: 'silent' } : { kind: 'no_listener', code: 'ETIMEDOUT' }),
      timeoutMs,
    );
    socket.on('connect', () => {
      connected = true;
      socket.write(requestOf(authority, user));
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const read = readResponseHead(received, 'CONNECT');
      if (read.kind === 'whole') settle({ kind: 'answer', head: read.value, from: socket.localAddress ?? to.host });
      if (read.kind === 'malformed') settle({ kind: 'foreign', detail: read.detail });
    });
    socket.on('error', (error) => lost(errorReason(error)));
    socket.on('end', () => lost('without a reply'));
  });
}

function requestOf(authority: string, user: ProxyUser): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (user.kind === 'user') {
    const pair = Buffer.from(`${user.user}:${user.password}`).toString('base64');
    lines.push(`Proxy-Authorization: Basic ${pair}`);
  }
  return [...lines, '', ''].join('\r\n');
}

/** The error type in the `Proxy-Status` of a refusal by tidegate (RFC 9209), or `'not_ours'`. */
export function errorTypeIn(head: ResponseHead): string {
  const [, type = 'not_ours'] = /^tidegate; error=([a-z_]+)$/.exec(fieldIn(head, 'proxy-status')) ?? [];
  return type;
}

/** The value of a header field, or the empty text. */
export function fieldIn({ fields }: ResponseHead, name: string): string {
  return fields.find(([given]) => given.toLowerCase() === name)?.[1] ?? '';
}
