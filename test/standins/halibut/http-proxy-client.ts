/**
 * How Halibut asks an HTTP proxy for a tunnel: the bytes of its CONNECT, its reading of the reply, and what it says when
 * the answer is not 200. Learned from the public source of Halibut (`Transport/Proxy/HttpProxyClient.cs`).
 */
import { connect, type Socket } from 'node:net';
import { brokenTransport, DotnetException, readTimedOut } from './exceptions.js';

/** The proxy of an endpoint. A blank user name means no credentials. */
export interface ProxyDetails {
  readonly host: string;
  readonly port: number;
  readonly userName?: string;
  readonly password?: string;
}

/** How long Halibut waits for each byte of the reply, ms. */
export const REPLY_TIMEOUT = 15_000;

/** The CONNECT as Halibut writes it, in one piece. Not ASCII becomes `?`, as .NET's ASCII encoding has it. */
export function connectRequest(host: string, port: number, proxy: ProxyDetails): string {
  const { userName = '', password = '' } = proxy;
  const head = `CONNECT ${host}:${port} HTTP/1.0\r\nHost: ${host}:${port}\r\n`;
  if (userName.trim() === '') return `${head}\r\n`;
  const ascii = `${userName}:${password}`.replace(/[^\0-\x7f]/g, '?');
  return `${head}Proxy-Authorization: Basic ${Buffer.from(ascii, 'latin1').toString('base64')}\r\n\r\n`;
}

/** What Halibut makes of a reply, up to and with its empty line. */
export type Reply =
  | { readonly kind: 'tunnel' }
  | { readonly kind: 'code'; readonly code: number; readonly text: string }
  | { readonly kind: 'unreadable'; readonly exception: DotnetException };

/**
 * Reads the status line as Halibut does: what stands between the first and the second space is the code, and nothing but
 * 200 is a tunnel. A line without a second space makes it ask for a substring of negative length.
 */
export function readStatusLine(reply: string): Reply {
  const [line = ''] = reply.replaceAll('\n', ' ').split('\r');
  if (!line.includes('HTTP')) {
    return unreadable(`No HTTP response received from proxy destination.  Server response: ${line}.`);
  }
  const begin = line.indexOf(' ') + 1;
  const end = line.indexOf(' ', begin);
  if (end < begin) {
    const length = end - begin;
    const message = `length ('${length}') must be a non-negative value. (Parameter 'length')\nActual value was ${length}.`;
    return unreadable(message, 'outOfRange');
  }
  const value = line.slice(begin, end);
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(value)) {
    return unreadable(`An invalid response code was received from proxy destination.  Server response: ${line}.`);
  }
  const code = Number(value);
  return code === 200 ? { kind: 'tunnel' } : { kind: 'code', code, text: line.slice(end + 1).trim() };
}

function unreadable(message: string, kind: 'proxy' | 'outOfRange' = 'proxy'): Reply {
  const type =
    kind === 'proxy' ? 'Halibut.Transport.Proxy.Exceptions.ProxyException' : 'System.ArgumentOutOfRangeException';
  return { kind: 'unreadable', exception: new DotnetException(type, message) };
}

/** What Halibut says about a code that is not 200; `address` is the proxy's as the socket tells it. */
export function refusedText(code: number, text: string, address: string, port: number): string {
  const proxy = `Proxy destination ${address} on port ${port}`;
  if (code === 0) return `${proxy} failed to return a recognized HTTP response code.  Server response: ${text}`;
  if (code !== 502) return `${proxy} responded with a ${code} code - ${text}`;
  return (
    `${proxy} responded with a 502 code - Bad Gateway.  If you are connecting to a Microsoft ISA destination please ` +
    `refer to knowledge based article Q283284 for more information.  Server response: ${text}`
  );
}

/** Asks the proxy for a tunnel. The socket, not one byte behind the reply's empty line taken; throws what Halibut throws. */
export async function openTunnel(
  proxy: ProxyDetails,
  host: string,
  port: number,
  replyTimeout = REPLY_TIMEOUT,
): Promise<Socket> {
  if (proxy.host.includes('://')) {
    throw proxyException("The proxy's hostname cannot contain a protocol prefix (eg http://)");
  }
  const socket = await dial(proxy.host, proxy.port).catch((error: unknown) => {
    const words = error instanceof DotnetException ? error.message : String(error);
    throw proxyException(`Connection to proxy host ${proxy.host} on port ${proxy.port} failed: ${words}`);
  });
  try {
    socket.write(Buffer.from(connectRequest(host, port, proxy), 'latin1'));
    const reply = readStatusLine(await readReply(socket, replyTimeout));
    if (reply.kind === 'tunnel') return socket;
    if (reply.kind === 'unreadable') throw reply.exception;
    throw proxyException(refusedText(reply.code, reply.text, dualMode(socket.remoteAddress), proxy.port));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Connects. Throws a SocketException in .NET's words on Linux. */
export async function dial(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: Error & { readonly code?: string }) => {
      const words = error.code === 'ECONNREFUSED' ? 'Connection refused' : error.message;
      reject(new DotnetException('System.Net.Sockets.SocketException', words));
    });
  });
  return socket;
}

function proxyException(message: string): DotnetException {
  return new DotnetException('Halibut.Transport.Proxy.Exceptions.ProxyException', message);
}

/** An address as Halibut's sockets, which are IPv6 for both families, show it. */
function dualMode(address = ''): string {
  return /^[\d.]+$/.test(address) ? `::ffff:${address}` : address;
}

/**
 * Stands for a call that never returns. Halibut does not notice that a reply ends without its empty line: it goes on
 * reading nothing for ever, and takes a processor along.
 */
export class Spins extends Error {}

/** Reads byte by byte until an empty line. */
async function readReply(socket: Socket, timeout: number): Promise<string> {
  let text = '';
  while (!text.endsWith('\r\n\r\n')) {
    const byte = await readByte(socket, timeout);
    text += byte < 0x80 ? String.fromCharCode(byte) : '\ufffd'; // each byte is decoded as UTF-8 by itself
  }
  return text;
}

async function readByte(socket: Socket, timeout: number): Promise<number> {
  for (;;) {
    const bytes: unknown = socket.read(1);
    if (Buffer.isBuffer(bytes)) return bytes[0] ?? 0;
    if (socket.readableEnded) throw new Spins('the reply ended before its empty line');
    await news(socket, timeout);
  }
}

/** Waits until there may be something to read, or nothing can come any more. Throws when that takes too long. */
function news(socket: Socket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      socket.off('readable', ready).off('end', ready).off('error', broken);
      how();
    };
    const ready = (): void => settle(resolve);
    const broken = (error: Error): void => settle(() => reject(brokenTransport(error)));
    const timer = setTimeout(() => settle(() => reject(readTimedOut())), timeout);
    socket.on('readable', ready).on('end', ready).on('error', broken);
  });
}
