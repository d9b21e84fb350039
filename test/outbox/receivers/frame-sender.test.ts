import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { FrameSender, type FrameTarget } from '../../../lib/outbox/receivers/frame-sender.js';
import type { Trust } from '../../../lib/outbox/receivers/index.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { localLookup } from '../../fixtures/local-lookup.js';

const alive = new AbortController().signal;

interface Receiver {
  readonly port: number;
  readonly text: () => string;
  readonly sockets: Socket[];
  readonly close: () => void;
}

async function receiver(
  t: ExecutionContext,
  serve: (socket: Socket, index: number) => void,
  server?: Server,
): Promise<Receiver> {
  const sockets: Socket[] = [];
  const pieces: string[] = [];
  const own = server ?? createServer({ allowHalfOpen: true });
  own.on(server === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    const index = sockets.push(socket) - 1;
    pieces.push('');
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (pieces[index] = `${pieces[index] ?? ''}${bytes.toString()}`));
    serve(socket, index);
  });
  own.on('tlsClientError', () => undefined);
  const bare = new Set<Socket>();
  own.on('connection', (socket: Socket) => void bare.add(socket));
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    own.close();
    for (const socket of bare) socket.destroy();
  };
  t.teardown(close);
  return { port: (own.address() as AddressInfo).port, text: () => pieces.join(''), sockets, close };
}

function sender(t: ExecutionContext, port: number, others: Partial<FrameTarget> = {}): FrameSender {
  const made = new FrameSender({
    host: '127.0.0.1',
    port,
    trust: 'plain',
    timeoutMs: 20_000,
    lookup: localLookup,
    onLost: () => undefined,
    ...others,
  });
  t.teardown(() => made.close());
  return made;
}

const reading = (socket: Socket): void => void socket.on('end', () => socket.end());

test('messages are framed by counting, and accepted when the receiver has read to their end', async (t) => {
  const there = await receiver(t, reading);
  const frames = sender(t, there.port);
  t.deepEqual(await frames.send([Buffer.from('one'), Buffer.from('two and\nmore')], alive), { kind: 'accepted' });
  t.deepEqual(await frames.send([Buffer.from('three')], alive), { kind: 'accepted' });
  t.is(there.text(), '3 one12 two and\nmore5 three');
});

test('what a receiver has not read to the end is not accepted', async (t) => {
  const rude = await receiver(t, (socket) => void socket.on('end', () => socket.resetAndDestroy()));
  t.is((await sender(t, rude.port).send([Buffer.from('one')], alive)).kind, 'unavailable');
  const full = await receiver(t, (socket) => void socket.end());
  t.like(await sender(t, full.port).send([Buffer.from('one')], alive), {
    kind: 'unavailable',
    detail: 'the receiver hung up',
  });
  const { port, close } = await receiver(t, reading);
  close();
  t.regex(JSON.stringify(await sender(t, port).send([Buffer.from('one')], alive)), /unavailable.*ECONNREFUSED/);
});

test('a receiver that never ends a connection is given up after the time-out, or when the caller says so', async (t) => {
  const silent = await receiver(t, () => undefined);
  const short = await sender(t, silent.port, { timeoutMs: 200 }).send([Buffer.from('one')], alive);
  t.like(short, { kind: 'unavailable', detail: 'the receiver did not read everything within 200 ms' });
  const stop = new AbortController();
  const sent = sender(t, silent.port).send([Buffer.from('one')], stop.signal);
  await until(
    () => silent.text() === '3 one3 one',
    () => silent.text(),
  );
  stop.abort();
  t.is((await orHung(sent, () => 'not given up')).kind, 'unavailable');
});

test('a receiver that goes away between two messages is noticed', async (t) => {
  const there = await receiver(t, reading);
  let lost = 0;
  const frames = sender(t, there.port, { onLost: () => (lost += 1) });
  t.is((await frames.send([Buffer.from('one')], alive)).kind, 'accepted');
  t.is(lost, 0);
  there.sockets.at(-1)?.destroy();
  await until(
    () => lost === 1,
    () => 'not told',
  );
  t.is((await frames.send([Buffer.from('two')], alive)).kind, 'accepted', 'the next one finds it again');
  t.is(there.text(), '3 one3 two');
});

test('over TLS only a receiver with a trusted certificate gets anything', async (t) => {
  const certificate = makeCertificate('siem.test', '127.0.0.1');
  const there = await receiver(t, reading, createTlsServer({ ...certificate, allowHalfOpen: true }));
  const trusting = (tls: Trust['tls']): FrameSender => sender(t, there.port, { trust: { kind: 'trust', tls } });
  t.is(
    (await sender(t, there.port, { trust: { kind: 'trust', tls: {} } }).send([Buffer.from('one')], alive)).kind,
    'unavailable',
  );
  const other = await trusting({ ca: certificate.cert, servername: 'other.test' }).send([Buffer.from('one')], alive);
  t.is(other.kind, 'unavailable');
  t.is(there.text(), '');
  t.is((await trusting({ ca: certificate.cert }).send([Buffer.from('two')], alive)).kind, 'accepted');
  t.is(
    (await trusting({ ca: certificate.cert, servername: 'siem.test' }).send([Buffer.from('two')], alive)).kind,
    'accepted',
  );
  t.is(there.text(), '3 two3 two');
});
