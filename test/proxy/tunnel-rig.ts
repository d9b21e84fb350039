import { generateKeyPairSync } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TlsOptions,
} from 'node:tls';
import type { ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import { tunnelTo, type RawClient } from '../fixtures/raw-client.js';
import { orHung, until } from '../fixtures/waiting.js';
import { startRelay } from '../protocol/tls/recording.js';
import { startRig, type Rig, type RigOptions } from './rig.js';

/** A thumbprint that nobody has. */
export const NOBODY = 'AA'.repeat(20);

/** One rule of a policy file, for a port of `web.test`. */
export function rule(port: number, rest: string, id = 'web'): string {
  return `  - { id: ${id}, to: [web.test], resolves-to: [127.0.0.0/8], ports: [${port}], ${rest} }\n`;
}

/** A policy of such rules. */
export function policyOf(...rules: readonly string[]): string {
  return `policy: inside\nallow:\n${rules.join('')}`;
}

/** A policy that no longer leads anywhere near `web.test`. */
export const REVOKED = policyOf(
  '  - { id: elsewhere-altogether, to: [elsewhere.test], ports: [443], protocol: tls }\n',
);

/** A proxy that knows `web.test`, for one test. */
export async function startLooking(t: ExecutionContext, policy: string, more: RigOptions = {}): Promise<Rig> {
  const rig = await startRig({ policy, hosts: { 'web.test': ['127.0.0.1'] }, ...more });
  t.teardown(rig.end);
  return rig;
}

/** Waits for the close record of that index. */
export async function closeOf(rig: Rig, index = 0): Promise<Readonly<Record<string, unknown>>> {
  const closes = async () => (await rig.records()).filter(({ kind }) => kind === 'close');
  await until(
    async () => (await closes()).length > index,
    () => `no close record ${index}; logged ${rig.logged.join('\n')}`,
  );
  return (await closes())[index] ?? {};
}

/** A server that speaks TLS and gives back what it gets. */
export interface TlsEcho {
  readonly port: number;
  /** What came through TLS so far. */
  readonly received: () => string;
  readonly present: (certificate: TlsOptions) => void;
}

/** Starts one, for one test. */
export async function startTlsEcho(t: ExecutionContext, options: TlsOptions): Promise<TlsEcho> {
  let received = '';
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      socket.write(bytes);
    });
  });
  server.on('tlsClientError', () => undefined);
  return {
    port: await listening(t, server),
    received: () => received,
    present: (certificate) => server.setSecureContext(certificate),
  };
}

/** Starts an SSH server with a P-256 host key of its own that lets nobody in, for one test. Gives its port. */
export async function startSshServer(t: ExecutionContext): Promise<number> {
  // Not made by ssh2: it cannot read each Ed25519 key that it makes.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const hostKey = privateKey.export({ type: 'sec1', format: 'pem' });
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => undefined).on('authentication', (context) => context.reject());
  });
  t.teardown(() => void server.close());
  return await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

/** Stands before a server: from the connection of some index on, a connection gets no further until it is let through. */
export interface Turnstile {
  readonly port: number;
  readonly arrived: () => number;
  /** How many bytes have come on the connections that are held. */
  readonly heard: () => number;
  readonly letThrough: () => void;
}

/** Starts one, for one test. */
export async function startTurnstile(t: ExecutionContext, to: number, heldFrom: number): Promise<Turnstile> {
  let arrived = 0;
  let open = false;
  const held = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (arrived++ < heldFrom || open) {
      join(socket, to);
      return;
    }
    held.add(socket);
    socket.read(0); // reads ahead, and lets nothing out
  });
  return {
    port: await listening(t, server),
    arrived: () => arrived,
    heard: () => [...held].reduce((sum, { readableLength }) => sum + readableLength, 0),
    letThrough: () => {
      open = true;
      for (const socket of held) join(socket, to);
      held.clear();
    },
  };
}

/** Joins a connection with a new one to a port of loopback. */
export function join(socket: Socket, to: number): void {
  const other = connect(to, '127.0.0.1');
  for (const [end, opposite] of [
    [socket, other],
    [other, socket],
  ] as const) {
    end.on('error', () => undefined).on('close', () => opposite.destroy());
  }
  socket.pipe(other).pipe(socket);
}

/** Listens on a free port of loopback until the test ends, and then lets go of every connection. */
export async function listening(t: ExecutionContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** How TLS went for a client inside a tunnel: it stands, or the code of what was said instead. */
export interface Went {
  readonly how: string;
  readonly close: () => void;
}

/** Makes a TLS connection inside a new tunnel to a port of `web.test`. */
export async function tlsThrough(rig: Rig, port: number, options: ConnectionOptions = {}): Promise<Went> {
  const client = await tunnelTo(rig.port, `web.test:${port}`);
  return await tlsOver(client, options);
}

/** The same in a tunnel that stands already. */
export async function tlsOver(client: RawClient, options: ConnectionOptions = {}): Promise<Went> {
  const socket = client.release().on('error', () => undefined);
  const tls = connectTls({ socket, servername: 'web.test', rejectUnauthorized: false, ...options });
  const how = new Promise<string>((resolve) => {
    tls.once('secureConnect', () => resolve('stands'));
    tls.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    tls.once('close', () => resolve('closed'));
  });
  return { how: await orHung(how, () => 'TLS inside the tunnel'), close: () => socket.destroy() };
}

/** The first bytes of a client that wants TLS with `web.test`. */
export async function recordHello(servername = 'web.test'): Promise<Buffer> {
  const relay = await startRelay(0);
  const { port } = relay;
  connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }).on('error', () => undefined);
  const [recorded] = await relay.recorded(1);
  await relay.close();
  return recorded?.client ?? Buffer.alloc(0);
}
