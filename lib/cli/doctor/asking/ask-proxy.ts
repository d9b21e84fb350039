import { connect } from 'node:net';
import { readResponseHead, type ResponseHead } from '../../../protocol/http/index.js';
import { errorReason } from '../../../system/index.js';

/** One CONNECT to be sent. `credentials` are a user name and a password, or `'none'`. */
export interface Question {
  readonly to: { readonly host: string; readonly port: number };
  readonly authority: string;
  readonly credentials: { readonly user: string; readonly password: string } | 'none';
  readonly patienceMs: number;
}

/**
 * What came of it. `answer`: a whole HTTP head, and the address that we were seen from; `no_listener`: nobody took the
 * connection, `code` is the system's; `foreign`: somebody did, and did not speak HTTP; `silent`: nothing whole came in time.
 */
export type Asked =
  | { readonly kind: 'answer'; readonly head: ResponseHead; readonly from: string }
  | { readonly kind: 'no_listener'; readonly code: string }
  | { readonly kind: 'foreign'; readonly detail: string }
  | { readonly kind: 'silent' };

/** Sends one CONNECT to a listener of ours, as any client does, and hangs up when the head of the answer is there. */
export function askProxy({ to, authority, credentials, patienceMs }: Question): Promise<Asked> {
  return new Promise((resolve) => {
    const socket = connect({ host: to.host, port: to.port });
    let connected = false;
    let received = Buffer.alloc(0);
    const settle = (asked: Asked): void => {
      clearTimeout(timer);
      resolve(asked);
      socket.destroy();
    };
    const lost = (code: string): void =>
      settle(connected ? { kind: 'foreign', detail: `it hung up (${code})` } : { kind: 'no_listener', code });
    const timer = setTimeout(
      () => settle(connected ? { kind: 'silent' } : { kind: 'no_listener', code: 'ETIMEDOUT' }),
      patienceMs,
    );
    socket.on('connect', () => {
      connected = true;
      socket.write(requestOf(authority, credentials));
    });
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const read = readResponseHead(received, 'CONNECT');
      if (read.kind === 'whole') settle({ kind: 'answer', head: read.value, from: socket.localAddress ?? to.host });
      if (read.kind === 'malformed') settle({ kind: 'foreign', detail: read.detail });
    });
    socket.on('error', (error) => lost(errorReason(error)));
    socket.on('end', () => lost('without an answer'));
  });
}

function requestOf(authority: string, credentials: Question['credentials']): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== 'none') {
    const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    lines.push(`Proxy-Authorization: Basic ${pair}`);
  }
  return [...lines, '', ''].join('\r\n');
}

/** The error type that a refusal of tidegate's has in its `Proxy-Status` (RFC 9209), or `'not_ours'`. */
export function errorTypeIn(head: ResponseHead): string {
  const [, type = 'not_ours'] = /^tidegate; error=([a-z_]+)$/.exec(fieldIn(head, 'proxy-status')) ?? [];
  return type;
}

/** The value of a header field, or the empty text. */
export function fieldIn({ fields }: ResponseHead, name: string): string {
  return fields.find(([given]) => given.toLowerCase() === name)?.[1] ?? '';
}
