/**
 * Node's own HTTP parser as a second opinion: what it makes of bytes, at the server's end and at the client's. It is an
 * oracle only; the product never reads a message with it.
 */
import http from 'node:http';
import { Duplex } from 'node:stream';
import type { Field } from '../../../lib/protocol/http/index.js';

/** A message as Node read it. `rest`, for a tunnel, is what followed the head. */
export interface NodeMessage {
  readonly start: string;
  readonly version: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly complete: boolean;
}

/** Everything Node read off one connection, in order, and the code of the error it ended with. */
export interface NodeReading {
  readonly messages: readonly NodeMessage[];
  readonly error: string;
}

/** One end of a wire that swallows what is written, and gives out what is fed. */
class Wire extends Duplex {
  readonly messages: NodeMessage[] = [];
  error = 'none';

  override _read(): void {
    // Bytes come by push().
  }

  override _write(_bytes: unknown, _encoding: string, done: () => void): void {
    done();
  }

  feed(pieces: readonly Buffer[]): Promise<NodeReading> {
    return new Promise((resolve) => {
      this.once('close', () => resolve({ messages: this.messages, error: this.error }));
      for (const piece of pieces) this.push(piece);
      this.push(null);
    });
  }
}

const SETTINGS = { maxHeaderSize: 131_072, insecureHTTPParser: false, requestTimeout: 0, headersTimeout: 0 };
const server = http.createServer(SETTINGS, take);
// With a listener of their own, these reach us as requests like any other.
server.on('checkContinue', take);
server.on('checkExpectation', take);
server.on('connect', (message: http.IncomingMessage, socket: Duplex, rest: Buffer) => {
  const wire = wireOf(socket);
  wire.messages.push(seen(`${message.method} ${message.url}`, message, rest.toString('latin1'), true));
  wire.destroy();
});
server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
  const wire = wireOf(socket);
  wire.error = error.code ?? error.message;
  wire.destroy();
});

/** What Node's server makes of the bytes that a client sends. */
export function readAsServer(...pieces: readonly Buffer[]): Promise<NodeReading> {
  const wire = new Wire();
  server.emit('connection', wire);
  return wire.feed(pieces);
}

/** What Node's client makes of the bytes that a server answers to a request of that method. */
export function readAsClient(method: string, ...pieces: readonly Buffer[]): Promise<NodeReading> {
  const wire = new Wire();
  const request = http.request({ ...SETTINGS, method, createConnection: () => wire, host: 'a' });
  request.on('response', (message) => collect(message, `${message.statusCode} ${message.statusMessage}`, wire));
  request.on('information', ({ statusCode, statusMessage, rawHeaders, httpVersion }) => {
    const fields = { rawHeaders, httpVersion };
    wire.messages.push(seen(`${statusCode} ${statusMessage}`, fields, '', true));
  });
  request.on('upgrade', (message) => {
    wire.messages.push(seen(`${message.statusCode} ${message.statusMessage}`, message, '', true));
    wire.destroy();
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    if (wire.error === 'none') wire.error = error.code ?? error.message;
    wire.destroy();
  });
  request.end();
  return wire.feed(pieces);
}

function take(message: http.IncomingMessage, response: http.ServerResponse): void {
  collect(message, `${message.method} ${message.url}`, wireOf(message.socket));
  message.on('close', () => response.end());
}

function collect(message: http.IncomingMessage, start: string, wire: Wire): void {
  const payload: Buffer[] = [];
  message.on('data', (bytes: Buffer) => payload.push(bytes));
  message.on('error', () => undefined);
  message.on('close', () => {
    wire.messages.push(seen(start, message, Buffer.concat(payload).toString('latin1'), message.complete));
  });
}

function seen(
  start: string,
  message: { rawHeaders: string[]; httpVersion: string },
  body: string,
  complete: boolean,
): NodeMessage {
  const { rawHeaders, httpVersion } = message;
  const fields = rawHeaders.flatMap((name, at): Field[] => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []));
  return { start, version: httpVersion, fields, body, complete };
}

function wireOf(socket: Duplex): Wire {
  if (socket instanceof Wire) return socket;
  throw new Error('a connection that this reader did not make');
}
