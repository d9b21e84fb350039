/**
 * One secure connection of Halibut: through the proxy or not, TLS with both certificates, trust by thumbprint alone, the
 * `MX` line; then calls, one after the other. Learned from the public source (`Transport/TcpConnectionFactory.cs`,
 * `SecureConnection.cs`, `DiscoveryClient.cs`, `Protocol/MessageExchangeStream.cs`).
 */
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import type { Certificate } from '../../fixtures/certificate.js';
import { ByteReader } from './byte-reader.js';
import { brokenTransport, DotnetException } from './exceptions.js';
import { dial, openTunnel, REPLY_TIMEOUT, type ProxyDetails } from './http-proxy-client.js';
import { packRequest, packResponse, readRequest, readResponse, type Request, type Response } from './messages.js';

/** Where a service listens and whom to expect there. */
export interface EndPoint {
  readonly host: string;
  readonly port: number;
  /** SHA-1 of its certificate, upper-case hex. */
  readonly thumbprint: string;
  readonly proxy: ProxyDetails | 'none';
}

/** What the machine that Halibut runs on decides, and its limits in ms (those of `HalibutTimeoutsAndLimits`). */
export interface Platform {
  /** Decides the newline of the `MX` line. */
  readonly system: 'windows' | 'linux';
  readonly tls: { readonly min: SecureVersion; readonly max: SecureVersion };
  readonly replyTimeout: number;
  /** Control lines. */
  readonly heartbeatTimeout: number;
  readonly responseTimeout: number;
}

/** Linux, both versions of TLS, Halibut's own limits. */
export const PLATFORM: Platform = {
  system: 'linux',
  tls: { min: 'TLSv1.2', max: 'TLSv1.3' },
  replyTimeout: REPLY_TIMEOUT,
  heartbeatTimeout: 60_000,
  responseTimeout: 600_000,
};

/** How Halibut writes an endpoint: lower case, IPv6 in brackets. */
export function uriOf({ host, port }: Pick<EndPoint, 'host' | 'port'>): string {
  return `https://${uriHost(host)}:${port}/`;
}

function uriHost(host: string): string {
  return isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase();
}

/** The end of a line as the system has it. */
export function newline({ system }: Platform): string {
  return system === 'windows' ? '\r\n' : '\n';
}

/** A connection to a service, ready for calls. Used by one call at a time. */
export class Connection {
  readonly #socket: TLSSocket;
  readonly #reader: ByteReader;
  readonly #platform: Platform;
  #identified = false;

  constructor(socket: TLSSocket, platform: Platform) {
    this.#socket = socket;
    this.#reader = new ByteReader(socket);
    this.#platform = platform;
  }

  /** The version of TLS that was agreed on. */
  get tls(): string {
    return this.#socket.getProtocol() ?? 'none';
  }

  /** Calls. A connection that turns out dead before the request is sent throws ConnectionInitializationFailed. */
  async call(request: Request): Promise<Response> {
    await initialize(() => (this.#identified ? this.#next() : this.#identify('MX-CLIENT 1.0')));
    await this.#send(packRequest(request));
    return readResponse(this.#reader, this.#platform.responseTimeout);
  }

  /** Asks for work as a polling service does, and does it, until the connection breaks. */
  async serve(subscription: string, handle: (request: Request) => Promise<Response>): Promise<never> {
    await this.#identify(`MX-SUBSCRIBER 1.0 ${subscription}`);
    for (;;) {
      const request = await readRequest(this.#reader, this.#platform.responseTimeout);
      if (request !== 'none') await this.#send(packResponse(await handle(request)));
      await this.#next();
    }
  }

  /** Says goodbye where that still can be heard, and closes. */
  async end(): Promise<void> {
    await this.#write('END\r\n').catch(() => undefined); // it might be gone already, as Halibut remarks too
    this.#socket.destroy();
  }

  async #identify(as: string): Promise<void> {
    await this.#write(`${as}\r\n\r\n`); // one write: old services fail when the empty line comes by itself
    this.#identified = true;
    const [line, empty] = [await this.#line(), await this.#line()];
    if (line.split(' ')[0] === 'MX-SERVER' && empty === '') return;
    throw new DotnetException('Halibut.Transport.Protocol.ProtocolException', `Expected MX-SERVER, got: ${line}`);
  }

  async #next(): Promise<void> {
    await this.#write('NEXT\r\n');
    let line = '';
    while (line === '') line = await this.#line();
    if (line === 'PROCEED') return;
    throw new DotnetException('Halibut.Transport.Protocol.ProtocolException', `Expected PROCEED, got: ${line}`);
  }

  #line(): Promise<string> {
    return this.#reader.line(this.#platform.heartbeatTimeout);
  }

  async #send(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) await this.#write(piece);
  }

  #write(bytes: string | Buffer): Promise<void> {
    return write(this.#socket, bytes);
  }
}

async function initialize(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DotnetException)) throw error;
    const type = 'Halibut.Transport.Protocol.ConnectionInitializationFailedException';
    throw new DotnetException(type, error.message, error);
  }
}

/** Opens a connection, and says `MX`. Throws what Halibut throws. */
export async function openConnection(to: EndPoint, own: Certificate, platform: Platform): Promise<Connection> {
  const socket = await openTls(to, own, platform);
  const { thumbprint, subject } = peerOf(socket);
  if (thumbprint !== to.thumbprint) {
    socket.destroy();
    const text = unexpectedCertificate(to, thumbprint, subject);
    throw new DotnetException('Halibut.Transport.UnexpectedCertificateException', text);
  }
  await write(socket, `MX${newline(platform).repeat(2)}`);
  return new Connection(socket, platform);
}

/** Asks who listens there: TLS without a certificate of ours, `HELLO`, and no word more. The thumbprint. */
export async function discover(to: Omit<EndPoint, 'thumbprint'>, platform: Platform): Promise<string> {
  const socket = await openTls(to, 'none', platform);
  await write(socket, `HELLO${newline(platform).repeat(2)}`);
  const { thumbprint } = peerOf(socket);
  socket.destroy();
  return thumbprint;
}

async function openTls(
  to: Omit<EndPoint, 'thumbprint'>,
  own: Certificate | 'none',
  { tls, replyTimeout }: Platform,
): Promise<TLSSocket> {
  const raw: Socket =
    to.proxy === 'none'
      ? await dial(to.host, to.port)
      : await openTunnel(to.proxy, uriHost(to.host), to.port, replyTimeout);
  const socket = connectTls({
    socket: raw,
    minVersion: tls.min,
    maxVersion: tls.max,
    rejectUnauthorized: false, // the thumbprint decides
    ...(isIP(to.host) === 0 ? { servername: to.host.toLowerCase() } : {}),
    ...(own === 'none' ? {} : { key: own.key, cert: own.cert }),
  });
  socket.on('error', () => undefined); // whoever reads or writes is told
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', (error: Error) => reject(handshakeFailed(error)));
    socket.once('close', () => reject(handshakeEnded()));
    raw.once('end', () => reject(handshakeEnded()));
  });
  return socket;
}

function handshakeFailed(error: Error): DotnetException {
  // Node calls an end before the handshake's a reset too; a true one comes from a system call.
  if ('code' in error && error.code === 'ECONNRESET' && !('syscall' in error)) return handshakeEnded();
  if (!('code' in error) || typeof error.code !== 'string' || !error.code.startsWith('ERR_SSL')) {
    return brokenTransport(error);
  }
  const type = 'System.Security.Authentication.AuthenticationException';
  return new DotnetException(type, 'Authentication failed, see inner exception.', error);
}

function handshakeEnded(): DotnetException {
  const words = 'Received an unexpected EOF or 0 bytes from the transport stream.';
  return new DotnetException('System.IO.IOException', words);
}

/** Resolves once the bytes are with the system, so that writes follow each other as Halibut's awaited ones do. */
function write(socket: TLSSocket, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error instanceof Error) reject(brokenTransport(error));
      else resolve();
    });
  });
}

/** The other side's certificate: SHA-1 as Octopus writes it, and the subject; empty without one. Asked once: Node forgets. */
export function peerOf(socket: TLSSocket): { readonly thumbprint: string; readonly subject: string } {
  const { fingerprint = '', subject = '' } = socket.getPeerX509Certificate() ?? {};
  return { thumbprint: fingerprint.replaceAll(':', ''), subject };
}

function unexpectedCertificate(to: EndPoint, thumbprint: string, subject: string): string {
  return (
    `The server at ${uriOf(to)} presented an unexpected security certificate. We expected the server to present a ` +
    `certificate with the thumbprint '${to.thumbprint}'. Instead, it presented a certificate with a thumbprint of ` +
    `'${thumbprint}' and subject '${subject}'. This usually happens when the client has been configured to ` +
    'expect the server to have the wrong certificate, or when the certificate on the server has been regenerated and ' +
    'the client has not been updated. It may also happen if someone is performing a man-in-the-middle attack on the ' +
    'remote machine, or if a proxy server is intercepting requests. Please check the certificate used on the server, ' +
    'and verify that the client has been configured correctly.'
  );
}
