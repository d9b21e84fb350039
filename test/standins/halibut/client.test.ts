import test, { type ExecutionContext } from 'ava';
import { makeTentacleCertificate } from '../../fixtures/certificate.js';
import { until } from '../../fixtures/waiting.js';
import { ESTABLISHED, startScriptedProxy, type Script, type ScriptedProxy } from '../scripted-proxy.js';
import { HalibutClient, TRIES } from './client.js';
import { PLATFORM, type Platform } from './connection.js';
import { DotnetException } from './exceptions.js';
import { Spins } from './http-proxy-client.js';
import { DataStream } from './messages.js';
import { OCTOPUS, someBytes, TENTACLE, tentacle, wayTo } from './world.js';

const TLS_1_2: Platform = { ...PLATFORM, tls: { min: 'TLSv1.2', max: 'TLSv1.2' } };
const FOUR_PAUSES = Array.from({ length: TRIES.count - 1 }, () => TRIES.apart);

/** A client that notes its pauses instead of making them. */
function hurried(options: { readonly platform?: Platform } = {}): { client: HalibutClient; pauses: number[] } {
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
  return { client: new HalibutClient({ certificate: OCTOPUS, pause, ...options }), pauses };
}

async function scripted(t: ExecutionContext, script: Script): Promise<ScriptedProxy> {
  const proxy = await startScriptedProxy(script);
  t.teardown(() => proxy.stop());
  return proxy;
}

async function thrownBy(work: Promise<unknown>): Promise<DotnetException | Spins> {
  const error = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  if (error instanceof DotnetException || error instanceof Spins) return error;
  throw new Error(`expected an exception, met ${String(error)}`);
}

for (const [name, platform] of Object.entries({ 'TLS 1.2': TLS_1_2, 'TLS 1.3': PLATFORM })) {
  test(`over ${name} calls are answered on one connection, and bytes go both ways`, async (t) => {
    const service = await tentacle(t);
    const client = new HalibutClient({ certificate: OCTOPUS, platform });
    const to = wayTo('127.0.0.1', service.port);
    t.is(await client.call(to, 'IEcho', 'Say', 'Deploy'), 'Deploy...');
    const bytes = someBytes(3_000_001);
    t.is(await client.call(to, 'IEcho', 'Digest', bytes.again()), bytes.digest);
    const received = await client.call(to, 'IEcho', 'Package');
    const digest = await client.call(to, 'IEcho', 'PackageDigest');
    t.true(received instanceof DataStream && received.digest === digest);
    t.is(client.opened, 1);
    const lines = ['NEXT', 'NEXT', 'NEXT'];
    t.like(service.visits, [{ tls: name.replace(' ', 'v'), serverName: false, calls: 4, lines }]);
    await client.close();
    await until(
      () => service.visits[0]?.lines.at(-1) === 'END',
      () => 'no END',
    );
  });
}

for (const [system, newline] of [
  ['windows', '\r\n'],
  ['linux', '\n'],
] as const) {
  test(`on ${system} the first line ends as lines do there`, async (t) => {
    const service = await tentacle(t);
    const client = new HalibutClient({ certificate: OCTOPUS, platform: { ...PLATFORM, system } });
    await client.call(wayTo('127.0.0.1', service.port), 'IEcho', 'Say', 'x');
    t.is(await client.discover({ host: '127.0.0.1', port: service.port, proxy: 'none' }), TENTACLE.thumbprint);
    await until(
      () => service.visits[1]?.heard.endsWith('\n') === true,
      () => 'no HELLO',
    );
    t.deepEqual(
      service.visits.map(({ heard }) => heard),
      [`MX${newline}${newline}MX-CLIENT 1.0\r\n\r\n`, `HELLO${newline}${newline}`],
    );
    await client.close();
  });
}

test('what the method throws reaches the caller', async (t) => {
  const service = await tentacle(t);
  const { client } = hurried();
  const to = wayTo('127.0.0.1', service.port);
  t.is((await thrownBy(client.call(to, 'IEcho', 'Fail'))).message, 'the disk of the target is full');
  t.is((await thrownBy(client.call(to, 'INobody', 'Say'))).message, 'Service not found: INobody');
  t.is(client.opened, 1);
  await client.close();
});

test('another certificate than the expected one ends the call at once', async (t) => {
  const service = await tentacle(t);
  const { client } = hurried();
  const to = { ...wayTo('127.0.0.1', service.port), thumbprint: OCTOPUS.thumbprint };
  const { message } = await thrownBy(client.call(to, 'IEcho', 'Say', 'x'));
  const uri = `https://127.0.0.1:${service.port}/`;
  t.true(
    message.startsWith(
      `An error occurred when sending a request to '${uri}', after the request began: The server at ${uri} presented an unexpected security certificate. We expected the server to present a certificate with the thumbprint '${OCTOPUS.thumbprint}'. Instead, it presented a certificate with a thumbprint of '${TENTACLE.thumbprint}' and subject 'CN=Octopus Tentacle'. This usually happens`,
    ),
    message,
  );
  t.is(client.opened, 1);
});

test('a service that does not trust the caller says nothing, and is tried five times', async (t) => {
  const service = await tentacle(t, { trusted: [makeTentacleCertificate('another server').thumbprint] });
  const { client, pauses } = hurried();
  const { message } = await thrownBy(client.call(wayTo('127.0.0.1', service.port), 'IEcho', 'Say', 'x'));
  t.regex(message, /before the request could begin: Attempted to read past the end of the stream\.$/);
  t.deepEqual(pauses, FOUR_PAUSES);
  t.is(client.opened, 5);
});

test('a CONNECT is one write: HTTP/1.0, Host, and credentials unasked where there is a user name', async (t) => {
  const service = await tentacle(t);
  const proxy = await scripted(t, { kind: 'tunnel', text: ESTABLISHED, to: service.port });
  const { client } = hurried();
  for (const user of [
    {},
    { userName: ' ' },
    { userName: 'spaces-1.production', password: 'p:w' },
    { userName: 'Ünal' },
  ]) {
    await client.call(
      wayTo('Tentacle.Test', 10933, { host: '127.0.0.1', port: proxy.port, ...user }),
      'IEcho',
      'Say',
      'x',
    );
  }
  const plain = 'CONNECT tentacle.test:10933 HTTP/1.0\r\nHost: tentacle.test:10933\r\n';
  const basic = (text: string): string => `Proxy-Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
  t.deepEqual(
    proxy.asked.map(({ head, pieces }) => [head, pieces]),
    [
      [`${plain}\r\n`, 1],
      [`${plain}\r\n`, 1],
      [`${plain}${basic('spaces-1.production:p:w')}\r\n`, 1],
      [`${plain}${basic('?nal:')}\r\n`, 1],
    ],
  );
  t.deepEqual(new Set(service.visits.map(({ serverName }) => serverName)), new Set(['tentacle.test']));
  await client.close();
});

/** Replies, and what Halibut makes of them; `PROXY` stands for where the proxy is. */
const REPLIES: Readonly<Record<string, string>> = {
  'HTTP/1.1 403 Egress denied: no rule allows this destination (attempt 7)\r\n\r\n':
    'Proxy destination PROXY responded with a 403 code - Egress denied: no rule allows this destination (attempt 7)',
  'HTTP/1.1 403 \r\nX: y\r\n\r\n': 'Proxy destination PROXY responded with a 403 code - ',
  'HTTP/1.1 403\r\n\r\n': "length ('-10') must be a non-negative value. (Parameter 'length')\nActual value was -10.",
  'HTTP/1.1 201 Created\r\n\r\n': 'Proxy destination PROXY responded with a 201 code - Created',
  'HTTP/1.1 0 Odd\r\n\r\n':
    'Proxy destination PROXY failed to return a recognized HTTP response code.  Server response: Odd',
  'HTTP/1.1 abc Odd\r\n\r\n':
    'An invalid response code was received from proxy destination.  Server response: HTTP/1.1 abc Odd.',
  'ICY 200 OK\r\n\r\n': 'No HTTP response received from proxy destination.  Server response: ICY 200 OK.',
  'HTTP/1.1 403 gro\xc3\x9f\r\n\r\n': 'Proxy destination PROXY responded with a 403 code - gro\ufffd\ufffd',
  'HTTP/1.1 502 Bad Gateway\r\n\r\n':
    'Proxy destination PROXY responded with a 502 code - Bad Gateway.  If you are connecting to a Microsoft ISA ' +
    'destination please refer to knowledge based article Q283284 for more information.  Server response: Bad Gateway',
};

for (const [text, said] of Object.entries(REPLIES)) {
  test(`the reply ${JSON.stringify(text)} is tried five times, and reported in Halibut's words`, async (t) => {
    const proxy = await scripted(t, { kind: 'reply', text });
    const { client, pauses } = hurried();
    const to = wayTo('127.0.0.1', 10933, { host: '127.0.0.1', port: proxy.port });
    const where = `::ffff:127.0.0.1 on port ${proxy.port}`;
    t.is(
      (await thrownBy(client.call(to, 'IEcho', 'Say', 'x'))).message,
      "An error occurred when sending a request to 'https://127.0.0.1:10933/', before the request could begin: " +
        said.replace('PROXY', where),
    );
    t.deepEqual(pauses, FOUR_PAUSES);
    t.is(proxy.asked.length, 5);
  });
}

test('a discovery asks once', async (t) => {
  const proxy = await scripted(t, { kind: 'reply', text: 'HTTP/1.1 403 No\r\n\r\n' });
  const { client } = hurried();
  const to = { host: 'x.test', port: 10933, proxy: { host: '127.0.0.1', port: proxy.port } };
  t.is(
    (await thrownBy(client.discover(to))).message,
    `Proxy destination ::ffff:127.0.0.1 on port ${proxy.port} responded with a 403 code - No`,
  );
  t.is(proxy.asked.length, 1);
});

test('a reply that ends before its empty line makes Halibut spin for ever, at the first try', async (t) => {
  for (const text of ['', 'HTTP/1.1 403 No\r\n', 'HTTP/1.1 403 No\n\n']) {
    const proxy = await scripted(t, { kind: 'reply', text });
    const { client } = hurried();
    const to = wayTo('127.0.0.1', 10933, { host: '127.0.0.1', port: proxy.port });
    t.true((await thrownBy(client.call(to, 'IEcho', 'Say', 'x'))) instanceof Spins);
    t.is(proxy.asked.length, 1);
  }
});

test('a reply that never comes is waited for, then asked for again', async (t) => {
  const proxy = await scripted(t, { kind: 'silence' });
  const { client } = hurried({ platform: { ...PLATFORM, replyTimeout: 20 } });
  const to = wayTo('127.0.0.1', 10933, { host: '127.0.0.1', port: proxy.port });
  const { message } = await thrownBy(client.call(to, 'IEcho', 'Say', 'x'));
  t.regex(message, /begin: Unable to read data from the transport connection: Connection timed out\.$/);
  t.is(proxy.asked.length, 5);
});

test('not one byte behind the empty line of a reply is taken for it', async (t) => {
  const service = await tentacle(t);
  const text = 'HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n';
  const proxy = await scripted(t, { kind: 'tunnel', text, to: service.port });
  const { client } = hurried();
  const to = wayTo('127.0.0.1', 10933, { host: '127.0.0.1', port: proxy.port });
  t.is(await client.call(to, 'IEcho', 'Say', 'x'), 'x...');
  await client.close();
});

test('a pooled connection that broke is replaced without a word to the caller', async (t) => {
  const service = await tentacle(t);
  const { client, pauses } = hurried();
  const to = wayTo('127.0.0.1', service.port);
  t.is(await client.call(to, 'IEcho', 'Say', 'one'), 'one...');
  service.breakOff();
  t.is(await client.call(to, 'IEcho', 'Say', 'two'), 'two...');
  t.is(client.opened, 2);
  t.deepEqual(pauses, [TRIES.apart]);
  await client.close();
});
