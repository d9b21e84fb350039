/**
 * The side of Halibut that listens: a Listening Tentacle, and the server that Polling Tentacles come to. Learned from the
 * public source (`Transport/SecureListener.cs`, `Protocol/MessageExchangeProtocol.cs`).
 */
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificate } from '../../fixtures/certificate.js';
import { ByteReader } from './byte-reader.js';
import { PLATFORM, peerOf, type Platform } from './connection.js';
import { DotnetException, endOfStream } from './exceptions.js';
import {
  packNothing,
  packRequest,
  packResponse,
  readRequest,
  readResponse,
  type Request,
  type Response,
  type Value,
} from './messages.js';

/** What a service answers to a method, named `IService.Method`. What it throws the caller is told. */
export type Methods = Readonly<Record<string, (...params: readonly Value[]) => Value | Promise<Value>>>;

/** Who listens and whom it trusts. */
export interface ServiceOptions {
  readonly certificate: Certificate;
  /** Thumbprints of those who may call. */
  readonly trusted: readonly string[];
  readonly methods?: Methods;
  readonly platform?: Platform;
  /** How long a poller without work is kept waiting before it is told so, ms. */
  readonly pollWait?: number;
}

/** One connection as the service saw it. */
export interface Visit {
  /** The bytes inside TLS up to the first message, as they came. */
  heard: string;
  readonly serverName: string | false;
  readonly tls: string;
  /** Control lines after that. */
  readonly lines: string[];
  calls: number;
}

/** A Halibut that listens on a free port of 127.0.0.1. */
export class HalibutService {
  readonly visits: Visit[] = [];
  /** The calls it was asked for, in their order. */
  readonly requests: Request[] = [];
  readonly #options: ServiceOptions;
  readonly #sockets = new Set<TLSSocket>();
  readonly #work: { readonly request: Request; readonly answer: (response: Response) => void }[] = [];
  readonly #server;
  #newWork: () => void = () => undefined;

  private constructor(options: ServiceOptions) {
    const { certificate, platform = PLATFORM } = options;
    this.#options = options;
    this.#server = createServer({
      key: certificate.key,
      cert: certificate.cert,
      requestCert: true,
      rejectUnauthorized: false, // the thumbprint decides
      minVersion: platform.tls.min,
      maxVersion: platform.tls.max,
    });
    this.#server.on('tlsClientError', () => undefined); // who looks at the port and goes
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
      socket.on('error', () => undefined); // whoever reads or writes is told
      void this.#receive(socket).finally(() => socket.end());
    });
  }

  static async listen(options: ServiceOptions): Promise<HalibutService> {
    const service = new HalibutService(options);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', () => resolve()));
    return service;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Gives a poller work, and waits for its answer. */
  request(request: Request): Promise<Response> {
    return new Promise((resolve) => {
      this.#work.push({ request, answer: resolve });
      this.#newWork();
    });
  }

  /** Breaks all connections off, as a restart of the machine would. */
  breakOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.breakOff();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(socket: TLSSocket): Promise<void> {
    const reader = new ByteReader(socket);
    const visit: Visit = {
      heard: '',
      serverName: socket.servername ?? false,
      tls: socket.getProtocol() ?? 'none',
      lines: [],
      calls: 0,
    };
    this.visits.push(visit);
    try {
      await this.#greet(reader, visit);
      if (!visit.heard.startsWith('MX')) return void socket.write(FRIENDLY_PAGE);
      if (!this.#options.trusted.includes(peerOf(socket).thumbprint)) return;
      const identity = await this.#identity(reader, visit);
      socket.write('MX-SERVER 1.0\r\n\r\n');
      if (identity === 'MX-CLIENT') await this.#answer(socket, reader, visit);
      else if (identity === 'MX-SUBSCRIBER') await this.#ask(socket, reader, visit);
    } catch (error) {
      if (!(error instanceof DotnetException)) throw error; // it went away: that is how connections end
    }
  }

  /** Reads up to an empty line; carriage returns count for nothing. */
  async #greet(reader: ByteReader, visit: Visit): Promise<void> {
    while (!visit.heard.replaceAll('\r', '').endsWith('\n\n')) {
      visit.heard += String.fromCharCode(await reader.byte(PLATFORM.heartbeatTimeout));
    }
  }

  async #identity(reader: ByteReader, visit: Visit): Promise<string> {
    const line = await reader.line(PLATFORM.heartbeatTimeout);
    const empty = await reader.line(PLATFORM.heartbeatTimeout);
    visit.heard += `${line}\r\n${empty}\r\n`;
    return line.split(' ')[0] ?? '';
  }

  /** A Listening Tentacle: takes a call, answers, waits for the next. */
  async #answer(socket: TLSSocket, reader: ByteReader, visit: Visit): Promise<void> {
    do {
      const request = await readRequest(reader, PLATFORM.responseTimeout);
      if (request === 'none') return;
      visit.calls++;
      this.requests.push(request);
      for (const piece of packResponse(await handleWith(this.#options.methods ?? {}, request))) {
        await sent(socket, piece);
      }
    } while (await this.#proceed(socket, reader, visit));
  }

  /** The server of a Polling Tentacle: hands out work, takes the answer. */
  async #ask(socket: TLSSocket, reader: ByteReader, visit: Visit): Promise<void> {
    do {
      const work = await this.#nextWork();
      if (work === 'none') {
        await sent(socket, packNothing());
        continue;
      }
      visit.calls++;
      for (const piece of packRequest(work.request)) await sent(socket, piece);
      work.answer(await readResponse(reader, PLATFORM.responseTimeout));
    } while (await this.#proceed(socket, reader, visit));
  }

  async #nextWork() {
    if (this.#work.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#options.pollWait ?? 30_000);
        this.#newWork = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#work.shift() ?? ('none' as const);
  }

  async #proceed(socket: TLSSocket, reader: ByteReader, visit: Visit): Promise<boolean> {
    const line = await reader.line(PLATFORM.responseTimeout);
    visit.lines.push(line);
    if (line !== 'NEXT') return false;
    await sent(socket, 'PROCEED\r\n');
    return true;
  }
}

/** Does what a request asks for. What the method throws becomes the answer's error. */
export async function handleWith(methods: Methods, { id, service, method, params }: Request): Promise<Response> {
  const run = methods[`${service}.${method}`];
  if (run === undefined) return { id, error: `Service not found: ${service}`, result: null };
  try {
    return { id, error: 'none', result: await run(...params) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error), result: null };
  }
}

/** What a browser, or a discovery, gets to see. */
const FRIENDLY_PAGE =
  'HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 39\r\n\r\n' +
  '<html><body><p>Hello!</p></body></html>\r\n\r\n';

function sent(socket: TLSSocket, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error instanceof Error ? reject(endOfStream()) : resolve()));
  });
}
