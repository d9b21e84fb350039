import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  connect,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TlsOptions,
  type TLSSocket,
} from 'node:tls';
import { readClientHello } from '../../../lib/protocol/tls/index.js';
import { orHung } from '../../fixtures/waiting.js';

/** What both ends of one connection wrote, byte for byte. */
export interface Recorded {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** A relay before a port of loopback that keeps what passes. */
export interface Relay {
  readonly port: number;
  /** Settles once `count` connections have come and gone, with what was said in each. */
  readonly recorded: (count: number) => Promise<readonly Recorded[]>;
  readonly close: () => Promise<void>;
}

/** Starts a relay before a port; behind port 0 is nobody, and the client's hello is all that there is. */
export async function startRelay(target: number): Promise<Relay> {
  const connections: Promise<Recorded>[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((client) => {
    connections.push(pass(client, target));
    for (const wake of waiting.splice(0)) wake();
  });
  const port = await listen(server);
  const recorded = async (count: number): Promise<readonly Recorded[]> => {
    while (connections.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return Promise.all(connections);
  };
  return {
    port,
    recorded: (count) => orHung(recorded(count), () => `${connections.length} of ${count} connections came`),
    close: () => closed(server),
  };
}

async function pass(client: Socket, target: number): Promise<Recorded> {
  const said: { client: Buffer[]; server: Buffer[] } = { client: [], server: [] };
  client.on('data', (bytes: Buffer) => said.client.push(bytes)).on('error', () => undefined);
  const ends = [ended(client)];
  if (target === 0) {
    client.on('data', () => {
      if (readClientHello(Buffer.concat(said.client)).kind !== 'partial') client.end();
    });
  } else {
    const upstream = connectSocket(target, '127.0.0.1');
    upstream.on('data', (bytes: Buffer) => said.server.push(bytes)).on('error', () => client.destroy());
    client.pipe(upstream).pipe(client);
    // A pipe whose end has gone leaves its source standing still.
    upstream.once('close', () => client.resume());
    client.once('close', () => upstream.destroy());
    ends.push(ended(upstream));
  }
  await Promise.all(ends);
  return { client: Buffer.concat(said.client), server: Buffer.concat(said.server) };
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Records one connection between Node's own two ends of TLS, which need not agree. */
export async function record(serving: TlsOptions, asking: ConnectionOptions = {}): Promise<Recorded> {
  const world = await startPeer(serving);
  try {
    return await world.record(asking);
  } finally {
    await world.close();
  }
}

/** A TLS server of Node behind a relay. */
export interface Peer {
  /** Records one more connection; `session`, where given, gets what the client may come back with. */
  readonly record: (asking?: ConnectionOptions, session?: (bytes: Buffer) => void) => Promise<Recorded>;
  readonly close: () => Promise<void>;
}

/** Starts a TLS server that says a word to each client that gets through, and ends. */
export async function startPeer(serving: TlsOptions): Promise<Peer> {
  const server = createTlsServer(serving, (socket) => {
    socket.on('error', () => undefined);
    socket.end('out it went');
  });
  server.on('tlsClientError', () => undefined);
  keepSessions(server);
  server.on('OCSPRequest', (_certificate, _issuer, staple: (error: null, status: Buffer) => void) => {
    staple(null, Buffer.from('a status, signed by nobody'));
  });
  const relay = await startRelay(await listen(server));
  let count = 0;
  return {
    record: async (asking = {}, session = () => undefined) => {
      count += 1;
      const client = connect({ port: relay.port, host: '127.0.0.1', rejectUnauthorized: false, ...asking });
      client.on('session', session).on('error', () => undefined);
      client.resume();
      await orHung(closing(client), () => 'a TLS client does not end');
      const all = await relay.recorded(count);
      const last = all.at(-1);
      if (last === undefined) throw new Error('nothing was recorded');
      return last;
    },
    close: async () => {
      await relay.close();
      await closed(server);
    },
  };
}

/** Node leaves it to its user to keep sessions by their ids. */
function keepSessions(server: Server): void {
  const sessions = new Map<string, Buffer>();
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null);
  });
}

function closing(client: TLSSocket): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address() as AddressInfo;
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
