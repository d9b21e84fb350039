import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';
import type { ExecutionContext } from 'ava';
import { rawClient, tunnelTo, type RawClient } from '../../fixtures/raw-client.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { startRelay } from '../../protocol/tls/recording.js';
import { startRig, type Rig, type RigOptions } from '../rig.js';

/** A record as the journal holds it. */
export type Line = Readonly<Record<string, unknown>>;

/** What a rule of a test says beside where it leads; `to` is `web.test` if nothing else is said. */
export type RuleWords = Readonly<Record<string, unknown>> & { readonly protocol: string };

/** A policy of rules that all lead to one port, with ids `first`, `second` and so on where they have none. */
export function policyTo(port: number, ...rules: readonly RuleWords[]): string {
  const entries = rules.map(({ to = 'web.test', ...rest }, index) => {
    const host = String(to);
    const where = /^[\d.]+$/.test(host) ? {} : { 'resolves-to': ['127.0.0.0/8'] };
    return { id: ['first', 'second', 'third', 'fourth'][index], to: [host], ...where, ports: [port], ...rest };
  });
  return JSON.stringify({ policy: 'inside', allow: entries });
}

const NAMES = ['web.test', 'front.test', 'other.test', 'cdn.test', 'a.cdn.test'];

/** A proxy for one test, which knows some names under `.test` if it is not told others, and ends with the test. */
export async function startGate(
  t: ExecutionContext,
  policy: string,
  more: Omit<RigOptions, 'policy'> = {},
): Promise<Rig> {
  const rig = await startRig({
    policy,
    hosts: Object.fromEntries(NAMES.map((name) => [name, ['127.0.0.1']])),
    ...more,
  });
  t.teardown(rig.end);
  return rig;
}

/** A TLS server on loopback that gives back what it is told, and ends when its client has. */
export interface TlsPeer {
  readonly port: number;
  readonly server: ReturnType<typeof createTlsServer>;
  /** How many TCP connections have come, and how many of them got through their handshake. */
  readonly counts: { connections: number; secure: number };
}

/** Starts a server of Node's own, ready to resume sessions by their ids too. */
export async function startTls(
  t: ExecutionContext,
  options: TlsOptions,
  where: { readonly port?: number; readonly host?: string } = {},
): Promise<TlsPeer> {
  const counts = { connections: 0, secure: 0 };
  const open = new Set<Socket>();
  const server = createTlsServer({ allowHalfOpen: true, ...options }, (socket) => {
    counts.secure += 1;
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.on('connection', (socket: Socket) => {
    counts.connections += 1;
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  const sessions = new Map<string, Buffer>();
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null);
  });
  t.teardown(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return { port: await listen(server, where), server, counts };
}

/** What a TLS handshake came to: a connection, or the words of the client's library. */
export type Shaken =
  { readonly kind: 'secure'; readonly socket: TLSSocket } | { readonly kind: 'failed'; readonly words: string };

/** Asks for a tunnel and speaks TLS in it. */
export async function shake(port: number, authority: string, options: ConnectionOptions = {}): Promise<Shaken> {
  const tunnel = await tunnelTo(port, authority);
  return await speakTls(tunnel, options);
}

/** Asks for a tunnel with the first bytes for it in the same segment, so that no clock runs between the two. */
export async function tunnelWith(port: number, authority: string, first: Buffer): Promise<RawClient> {
  const client = await rawClient(port);
  await client.send(Buffer.concat([Buffer.from(`CONNECT ${authority} HTTP/1.0\r\n\r\n`), first]));
  const head = await client.readHead();
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`no tunnel: ${head}`);
  return client;
}

/** Speaks TLS in a tunnel that stands. */
export function speakTls(tunnel: RawClient, options: ConnectionOptions = {}): Promise<Shaken> {
  return shaken(
    connectTls({ servername: 'web.test', rejectUnauthorized: false, ...options, socket: tunnel.release() }),
  );
}

/** Speaks TLS straight to a port. */
export function shakeAt(port: number, options: ConnectionOptions = {}): Promise<Shaken> {
  return shaken(connectTls({ servername: 'web.test', rejectUnauthorized: false, ...options, port, host: '127.0.0.1' }));
}

function shaken(socket: TLSSocket): Promise<Shaken> {
  const settled = new Promise<Shaken>((resolve) => {
    const failed = (words: string) => resolve({ kind: 'failed', words });
    socket.once('secureConnect', () => resolve({ kind: 'secure', socket }));
    socket.on('error', (error: Error) => failed(error.message));
    socket.once('close', () => failed('closed'));
  });
  return orHung(settled, () => 'a TLS handshake does not end');
}

/** The connection of a handshake that must have gone well. */
export function secure(handshake: Shaken): TLSSocket {
  if (handshake.kind === 'failed') throw new Error(`the TLS handshake failed: ${handshake.words}`);
  return handshake.socket;
}

/** Says something to a {@link TlsPeer}, waits until it has come back, and ends. */
export async function talk(handshake: Shaken): Promise<TLSSocket> {
  const socket = secure(handshake);
  let heard = '';
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString()));
  socket.write('and back');
  await until(
    () => heard === 'and back',
    () => `what was said does not come back, only ${JSON.stringify(heard)}`,
  );
  socket.end();
  return socket;
}

/** Waits for the end of so many attempts, and gives what is recorded of the last. */
export async function closeOf(rig: Rig, count = 1): Promise<Line> {
  let closes: readonly Line[] = [];
  await until(
    async () => {
      closes = (await rig.records()).filter(({ kind }) => kind === 'close');
      return closes.length >= count;
    },
    () => `${closes.length} of ${count} attempts have ended`,
  );
  return closes[count - 1] ?? {};
}

/** What a close says about one fact. */
export function checkOf(close: Line, fact: string): Line {
  const checks = close['checks'];
  const found: unknown = Array.isArray(checks) ? checks.find((one: Line) => one['fact'] === fact) : undefined;
  return typeof found === 'object' && found !== null ? { ...found } : {};
}

/** What Node's TLS client says first, byte for byte. */
export async function helloBytes(options: ConnectionOptions = {}): Promise<Buffer> {
  const relay = await startRelay(0);
  const client = connectTls({ servername: 'web.test', ...options, port: relay.port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [recorded] = await relay.recorded(1);
  await relay.close();
  if (recorded === undefined) throw new Error('no hello was recorded');
  return recorded.client;
}

/**
 * A place for clients to connect to that are to be led through the proxy: it asks for the tunnel, and `begin` says in which
 * pieces it writes the CONNECT head and what the client said first. Everything after that passes as it is.
 */
export async function startGuide(
  t: ExecutionContext,
  rig: Rig,
  authority: string,
  begin: (head: Buffer, hello: Buffer) => readonly Buffer[],
): Promise<number> {
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (hello) => {
      const upstream = connect({ port: rig.port, host: '127.0.0.1', noDelay: true });
      upstream.on('error', () => undefined);
      client.pause();
      void lead(client, upstream, begin(Buffer.from(`CONNECT ${authority} HTTP/1.0\r\n\r\n`), hello));
    });
  });
  t.teardown(() => server.close());
  return await listen(server);
}

async function lead(client: Socket, upstream: Socket, pieces: readonly Buffer[]): Promise<void> {
  let head = Buffer.alloc(0);
  upstream.on('data', function welcomed(bytes: Buffer) {
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    upstream.off('data', welcomed);
    client.write(head.subarray(end + 4));
    upstream.pipe(client);
    client.pipe(upstream);
  });
  for (const piece of pieces) {
    upstream.write(piece);
    // Each in a segment of its own, as far as the system lets us.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function listen(server: Server, { port = 0, host = '127.0.0.1' } = {}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, () => resolve()));
  const address = server.address() as AddressInfo;
  return address.port;
}
