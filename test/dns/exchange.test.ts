import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { askServer, type DnsServer, type ServerOutcome } from '../../lib/dns/index.js';
import { answerTo, readQuestion } from '../fixtures/dns-message.js';
import { domainName, serverAt, startServers } from './asking.js';

const QUESTION = { name: domainName('a.test'), type: 'A' } as const;

function ask(server: DnsServer | undefined): Promise<ServerOutcome> {
  if (server === undefined) throw new Error();
  return new Promise((resolve) => {
    askServer(server, QUESTION, resolve);
  });
}

function addresses(outcome: ServerOutcome): unknown {
  return outcome.kind === 'addresses' ? outcome.records.map(({ address }) => address.text) : outcome;
}

/** A server of which only UDP, TCP or both are given; TCP gets the query without its length. */
async function startRaw(
  t: ExecutionContext,
  udp: (query: Buffer) => readonly Buffer[],
  tcp: (query: Buffer) => readonly Buffer[],
): Promise<{ readonly server: DnsServer; readonly queries: Buffer[] }> {
  const queries: Buffer[] = [];
  const stream = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes: Buffer) => {
      const send = async (): Promise<void> => {
        for (const piece of tcp(bytes.subarray(2))) {
          socket.write(piece);
          await new Promise(setImmediate);
        }
        socket.end();
      };
      void send();
    });
  });
  const port = await new Promise<number>((resolve) => {
    stream.listen(0, '127.0.0.1', () => resolve((stream.address() as AddressInfo).port));
  });
  const datagrams = createSocket('udp4');
  datagrams.on('message', (query, from) => {
    queries.push(query);
    for (const answer of udp(query)) datagrams.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.1', resolve));
  t.teardown(() => {
    datagrams.close();
    stream.close();
  });
  return { server: serverAt(`127.0.0.1:${port}`), queries };
}

const right = (query: Buffer): Buffer =>
  answerTo(readQuestion(query), { code: 0, records: [{ type: 'A', value: '192.0.2.1' }] });
const cut = (query: Buffer): Buffer => answerTo(readQuestion(query), { code: 0, records: [], truncated: true });
const prefixed = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length]), message]);

test('a reply that did not fit a datagram is asked for over TCP', async (t) => {
  const { servers, running } = await startServers(t, { '*': { truncated: [{ type: 'A', value: '192.0.2.1' }] } });
  t.deepEqual(addresses(await ask(servers[0])), ['192.0.2.1']);
  t.is(running[0]?.queries.length, 2);
});

test('a reply over TCP may come in pieces of one byte', async (t) => {
  const { server } = await startRaw(
    t,
    (query) => [cut(query)],
    (query) => [...prefixed(right(query))].map((byte) => Buffer.from([byte])),
  );
  t.deepEqual(addresses(await ask(server)), ['192.0.2.1']);
});

test('over TCP, half a reply, an empty one and a truncated one are failures of the server', async (t) => {
  const over = async (tcp: (query: Buffer) => readonly Buffer[]): Promise<ServerOutcome> =>
    ask((await startRaw(t, (query) => [cut(query)], tcp)).server);
  t.deepEqual(await over((query) => [prefixed(right(query)).subarray(0, 20)]), {
    kind: 'unreachable',
    code: 'ECONNRESET',
  });
  t.deepEqual(await over(() => [Buffer.from([0, 0])]), { kind: 'rejected', code: 'EBADRESP' });
  t.deepEqual(await over((query) => [prefixed(cut(query))]), { kind: 'rejected', code: 'EBADRESP' });
});

test('datagrams with another id or question are passed over, and the reply after them counts', async (t) => {
  const { server } = await startRaw(
    t,
    (query) => {
      const otherId = right(query);
      otherId.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
      const otherName = right(query);
      otherName.write('b', 13);
      return [Buffer.alloc(0), Buffer.from([1]), query, otherId, otherName, right(query)];
    },
    () => [],
  );
  t.deepEqual(addresses(await ask(server)), ['192.0.2.1']);
});

test('a server that sends only other datagrams is given up after a hundred of them', async (t) => {
  const { server } = await startRaw(
    t,
    (query) => Array.from({ length: 150 }, () => query),
    () => [],
  );
  t.deepEqual(await ask(server), { kind: 'rejected', code: 'EBADRESP' });
});

test('a datagram from another port is not read', async (t) => {
  const other = createSocket('udp4');
  t.teardown(() => other.close());
  const { server } = await new Promise<{ server: DnsServer }>((resolve) => {
    const listener = createSocket('udp4');
    t.teardown(() => listener.close());
    listener.on('message', (query, from) => {
      const forged = answerTo(readQuestion(query), { code: 0, records: [{ type: 'A', value: '203.0.113.66' }] });
      other.send(forged, from.port, from.address, () => listener.send(right(query), from.port, from.address));
    });
    listener.bind(0, '127.0.0.1', () => resolve({ server: serverAt(`127.0.0.1:${listener.address().port}`) }));
  });
  t.deepEqual(addresses(await ask(server)), ['192.0.2.1']);
});

test('a server that does not know EDNS is asked without it', async (t) => {
  const { server, queries } = await startRaw(
    t,
    (query) => [query.readUInt16BE(10) === 1 ? answerTo(readQuestion(query), { code: 1, records: [] }) : right(query)],
    () => [],
  );
  t.deepEqual(addresses(await ask(server)), ['192.0.2.1']);
  t.deepEqual(
    queries.map((query) => query.readUInt16BE(10)),
    [1, 0],
  );
});

test('queries come from other ports and with other ids', async (t) => {
  const { server, queries } = await startRaw(
    t,
    (query) => [right(query)],
    () => [],
  );
  for (let i = 0; i < 20; i++) await ask(server);
  t.true(new Set(queries.map((query) => query.readUInt16BE(0))).size > 15);
});
