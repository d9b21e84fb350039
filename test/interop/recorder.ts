import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { resetSocket } from '../../lib/relay/index.js';

/** One connection as it went by: what each side said first, up to 64 KiB. Latin1 text: one character, one byte. */
export interface Recorded {
  /** What the client sent. */
  readonly sent: () => string;
  /** What it was answered, piece by piece as it came from the proxy. */
  readonly answers: readonly string[];
  readonly answered: () => string;
}

/** A TCP relay before the proxy that keeps what real clients and the proxy say to each other. */
export interface Recorder {
  readonly port: number;
  readonly connections: readonly Recorded[];
  readonly close: () => Promise<void>;
}

const KEPT = 64 * 1024;

/** How often a client that has ended its half is asked for, so that the proxy hears of its reset as it would without a relay. */
const ASK_MS = 1_000;

/** Starts one before a port of 127.0.0.1. */
export async function startRecorder(to: number): Promise<Recorder> {
  const connections: Recorded[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const proxy = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const sent = keep(client);
    const answers = keep(proxy);
    connections.push({ sent: () => sent.join(''), answers, answered: () => answers.join('') });
    join(client, proxy);
    join(proxy, client);
    client.setKeepAlive(true, ASK_MS);
    client.once('end', () => askUntilClosed(client));
    for (const socket of [client, proxy]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function keep(socket: Socket): string[] {
  const pieces: string[] = [];
  let kept = 0;
  socket.on('data', (bytes: Buffer) => {
    if (kept < KEPT) pieces.push(bytes.toString('latin1', 0, KEPT - kept));
    kept += bytes.length;
  });
  return pieces;
}

/** Writes nothing at intervals, which fails once the system has closed the connection: Node does not hear of it by itself. */
function askUntilClosed(socket: Socket): void {
  const timer = setInterval(() => socket.writable && socket.write(''), ASK_MS);
  socket.once('close', () => clearInterval(timer));
}

/** Passes on what comes, its end, and a break. */
function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => resetSocket(to));
}
