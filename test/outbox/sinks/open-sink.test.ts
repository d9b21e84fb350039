import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openSink, type SinkTarget } from '../../../lib/outbox/sinks/index.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { partsFor, record } from './closing-sink.js';
import { encodeResponse } from './otlp-schema.js';

/** Less than Node's own agents keep a connection that nothing uses. */
const ENDED_MS = 4_500;

interface Receiver {
  readonly port: number;
  /** The connections that are open now. */
  readonly connections: ReadonlySet<Socket>;
}

async function receiver(t: ExecutionContext, server: Server): Promise<Receiver> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('error', () => undefined).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

/** Answers every request, and ends no connection by itself. */
function web(t: ExecutionContext, answer: (request: IncomingMessage) => string | Buffer): Promise<Receiver> {
  const server = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.end(answer(request)));
  });
  server.keepAliveTimeout = 0;
  return receiver(t, server);
}

/** Reads, and ends a connection only when the sender has ended it. */
function stream(t: ExecutionContext): Promise<Receiver> {
  return receiver(
    t,
    createServer((socket) => void socket.resume()),
  );
}

const collector = (request: IncomingMessage): string =>
  request.url?.endsWith('/ack') === true ? '{"acks":{"7":true}}' : '{"code":0,"ackId":7}';
const hec = { use: 'splunk-hec', index: 'default', source: 'a', sourcetype: 'b' } as const;
const syslog = { use: 'syslog', host: '127.0.0.1', facility: 13, app: 'tidegate' } as const;

/** Every kind of sink that holds connections, with a receiver for it. */
const KINDS: Readonly<
  Record<string, readonly [(t: ExecutionContext) => Promise<Receiver>, (port: number, url: string) => SinkTarget]>
> = {
  syslog: [stream, (port) => ({ ...syslog, port })],
  'splunk-hec': [(t) => web(t, collector), (_, url) => ({ ...hec, url, ack: false })],
  'splunk-hec with acknowledgement': [(t) => web(t, collector), (_, url) => ({ ...hec, url, ack: true })],
  'otlp in protobuf': [
    (t) => web(t, () => encodeResponse(0, '')),
    (_, url) => ({ use: 'otlp', url, encoding: 'protobuf' }),
  ],
  'otlp in JSON': [(t) => web(t, () => '{}'), (_, url) => ({ use: 'otlp', url, encoding: 'json' })],
  webhook: [(t) => web(t, () => ''), (_, url) => ({ use: 'webhook', url, body: 'array' })],
  'winston over HTTP': [
    (t) => web(t, () => ''),
    (port) => ({ use: 'winston', transport: 'http', options: { host: '127.0.0.1', port }, confirm: 'logged' }),
  ],
};

for (const [name, [receiverFor, targetAt]] of Object.entries(KINDS)) {
  test(`a sink that is closed ends its connections, and the receiver sees it: ${name}`, async (t) => {
    const { port, connections } = await receiverFor(t);
    const target = targetAt(port, `http://127.0.0.1:${port}`);
    const sink = openSink(target, partsFor(target), () => t.fail('nothing was lost'));
    t.deepEqual(await sink.send([record], new AbortController().signal), { kind: 'accepted' });
    t.true(connections.size > 0, 'a connection is kept for the next batch');
    await sink.close();
    await until(
      () => connections.size === 0,
      () => `${connections.size} connections are still open`,
      ENDED_MS,
    );
  });

  test(`a sink that is closed keeps no process alive: ${name}`, async (t) => {
    const { port } = await receiverFor(t);
    const target = JSON.stringify(targetAt(port, `http://127.0.0.1:${port}`));
    const script = fileURLToPath(new URL('closing-sink.js', import.meta.url));
    const child = spawn(process.execPath, [script, 'run', target], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
    const [code] = (await orHung(once(child, 'close'), () => 'the process goes on')) as [number];
    t.deepEqual([code, printed], [0, 'accepted']);
  });
}
