import test from 'ava';
import { echoing, startOrigin, type Origin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { inOtherRecords } from '../protocol/pieces.js';
import { extension, helloWith, serverName } from '../protocol/tls/bytes.js';
import { CHROMIUM_HELLO } from '../protocol/tls/golden.js';
import { ask, ATTEMPT, head, isWhole } from './answers.js';

let tidegate: Tidegate;
let echo: Origin;
test.before(async () => {
  echo = await startOrigin(echoing, { host: '0.0.0.0' });
  tidegate = await startTidegate({
    policies: { 'tunnels.yaml': policyTo(echo.port) },
    config: { hosts: Object.fromEntries(NAMES.map((name) => [name, ['127.0.0.1']])), timeouts: { hello: '2s' } },
  });
});
test.after.always(async () => {
  await tidegate.discard();
  await echo.close();
});

const NAMES = ['tls.test', 'golden.test', 'tentacle.test', 'ssh.test'];

/** Anything to one address of loopback; to another one, and to the names, what they are called after. */
function policyTo(port: number): string {
  const named = NAMES.map((name) => {
    const protocol = name === 'golden.test' ? 'tls' : name.replace('.test', '');
    return { id: name, to: [name], 'resolves-to': ['127.0.0.0/8'], protocol, ports: [port] };
  });
  const any = { id: 'any', to: ['127.0.0.1'], protocol: 'any', ports: ['1-65535'] };
  const addressed = { id: 'addressed', to: ['127.0.0.2'], protocol: 'tls', ports: [port] };
  return JSON.stringify({ policy: 'tunnels', allow: [any, addressed, ...named] });
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
const connectLine = (): string => `CONNECT 127.0.0.1:${echo.port} HTTP/1.0\r\n`;

test.serial('T1: a rule for any protocol relays every byte, both ways, from either side first', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(`${connectLine()}\r\n`);
  await client.readHead();
  await client.send(EVERY_BYTE.repeat(300));
  t.is(await client.readBytes(256 * 300), EVERY_BYTE.repeat(300));
  (await echo.arrival(echo.arrivals.length - 1)).socket.write('unasked');
  t.is(await client.readBytes(7), 'unasked');
  client.close();
});

const TLS = (name: string): Buffer => helloWith(serverName([0, name]));
const NO_NAME = helloWith();
const SSH = Buffer.from('SSH-2.0-Test_1\r\n');
const DENIED = /^\x15\x03\x03\0\x02\x02[\x31\x32]$/;
const CLOSED = /^$/;

/** By rule: where to, what the client says first, and what it gets: all of it back from the echo, or this and the end. */
const FIRST_BYTES: Readonly<Record<string, readonly [string, readonly Buffer[], RegExp | 'all of it']>> = {
  'T2: the name that was asked for': ['tls.test', [TLS('tls.test')], 'all of it'],
  'T2: the name in capitals': ['tls.test', [TLS('TLS.Test')], 'all of it'],
  'T2: another name': ['tls.test', [TLS('golden.test')], DENIED],
  'T2: another name, to a Tentacle': ['tentacle.test', [TLS('tls.test')], DENIED],
  'T2: a name below the one that was asked for': ['tls.test', [TLS('a.tls.test')], DENIED],
  'T2: the name with a dot behind it': ['tls.test', [TLS('tls.test.')], DENIED],
  'T2: two names': ['tls.test', [helloWith(serverName([0, 'tls.test'], [0, 'golden.test']))], DENIED],
  'T2: the name twice': ['tls.test', [helloWith(serverName([0, 'tls.test']), serverName([0, 'tls.test']))], DENIED],
  'T3: no name, to a name': ['tls.test', [NO_NAME], DENIED],
  'T3: no name, to an address': ['127.0.0.2', [NO_NAME], 'all of it'],
  'T3: an address as a name': ['127.0.0.2', [TLS('127.0.0.2')], DENIED],
  'T4: plain HTTP on a rule for TLS': ['tls.test', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], CLOSED],
  'T4: SSH on a rule for TLS': ['tls.test', [SSH], /Egress denied: the traffic is not what the rule allows/],
  'T4: SSH on a rule for SSH': ['ssh.test', [SSH], 'all of it'],
  'T4: TLS on a rule for SSH': ['ssh.test', [TLS('ssh.test')], DENIED],
  'T4: plain HTTP on a rule for SSH': ['ssh.test', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], CLOSED],
  'T4: SSH of a version that is no more': [
    'ssh.test',
    [Buffer.from('SSH-1.5-Old\r\n')],
    /Egress denied: the traffic is not what the rule allows/,
  ],
  'T5: a hello in pieces of one byte': ['tls.test', bytes(TLS('tls.test')), 'all of it'],
  'T5: a hello in records of one byte': ['tls.test', [inOtherRecords(TLS('tls.test'), () => 1)], 'all of it'],
  'T5: a hello of 16,000 bytes': ['tls.test', [padded(16_000)], 'all of it'],
  'T5: a hello of 17,000 bytes': ['tls.test', [padded(17_000)], DENIED],
  'T5: half a hello, and then nothing': ['tls.test', [TLS('tls.test').subarray(0, 40)], CLOSED],
  'T6: an encrypted hello whose outer name was asked for': ['golden.test', [CHROMIUM_HELLO], 'all of it'],
  'T6: an encrypted hello whose outer name was not': ['tls.test', [CHROMIUM_HELLO], DENIED],
};
for (const [title, [host, said, answer]] of Object.entries(FIRST_BYTES)) {
  test.serial(`${title} ${answer === 'all of it' ? 'passes' : 'is refused, and no byte goes out'}`, async (t) => {
    const arrived = echo.arrivals.length;
    const client = await rawClient(tidegate.port);
    const [first = Buffer.alloc(0), ...more] = said;
    // In one segment with the CONNECT: the time for a hello runs from the tunnel's beginning.
    await client.send(Buffer.concat([Buffer.from(`CONNECT ${host}:${echo.port} HTTP/1.0\r\n\r\n`), first]));
    for (const piece of more) client.socket.write(piece);
    await client.readHead();
    const arrival = await echo.arrival(arrived);
    if (answer === 'all of it') {
      const all = Buffer.concat(said).toString('latin1');
      t.is(await client.readBytes(all.length), all);
      t.is(arrival.received(), all);
    } else {
      const { text, ending } = await client.readToEnd();
      t.regex(text, answer);
      t.is(ending, 'ended');
      t.is(arrival.received(), '');
    }
    client.reset();
  });
}

function bytes(all: Buffer): readonly Buffer[] {
  return Array.from(all, (byte) => Buffer.from([byte]));
}

/** A hello that takes at least so many bytes, in records as long as may be. */
function padded(length: number): Buffer {
  return inOtherRecords(helloWith(serverName([0, 'tls.test']), extension(21, Buffer.alloc(length))), () => 0x4000);
}

const FORMS: Readonly<Record<string, () => readonly string[]>> = {
  'in HTTP/1.0 with Host': () => [`${connectLine()}Host: 127.0.0.1:${echo.port}\r\n\r\n`],
  'in HTTP/1.0 without Host': () => [`${connectLine()}\r\n`],
  'in HTTP/1.0 in two segments': () => [connectLine(), '\r\n'],
  'in HTTP/1.0 in three segments': () => [connectLine(), 'Proxy-Authorization: Basic dTpw\r\n', '\r\n'],
  'in HTTP/1.1': () => [head(`CONNECT 127.0.0.1:${echo.port} HTTP/1.1`, `Host: 127.0.0.1:${echo.port}`)],
};
for (const [form, pieces] of Object.entries(FORMS)) {
  test.serial(`T7: CONNECT ${form} is answered by exactly a 200 with a reason and no length`, async (t) => {
    const client = await rawClient(tidegate.port);
    await client.send(...pieces());
    t.is(await client.readHead(), 'HTTP/1.1 200 Connection established\r\n\r\n');
    await client.send('hello');
    t.is(await client.readBytes(5), 'hello');
    client.close();
  });
}

test.serial('T7: every refusal of a CONNECT is a whole head with a reason, then the end', async (t) => {
  const closed = await startOrigin(echoing);
  await closed.close();
  const requests = [
    'CONNECT 93.184.215.14:443 HTTP/1.0\r\n\r\n',
    `CONNECT 127.0.0.1:${closed.port} HTTP/1.0\r\n\r\n`,
    'CONNECT 2001:db8::5:22 HTTP/1.0\r\n\r\n',
    'CONNECT 127.0.0.1 HTTP/1.0\r\n\r\n',
    'CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n',
    'CONNECT 127.0.0.1:443 HTTP/3.0\r\n\r\n',
    'CONNECT 127.0.0.1:443\r\n\r\n',
  ];
  for (const request of requests) {
    const answered = await ask(tidegate.port, request);
    t.regex(answered.reason, new RegExp(`^Egress (denied|refused|failed): [ -~]+ ${ATTEMPT}$`), request);
    t.not(answered.status, 502);
    isWhole(t, answered);
  }
});

test.serial('T8: bytes behind the CONNECT head are kept and travel first', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(`${connectLine()}\r\n${EVERY_BYTE}`, 'and more');
  t.is(await client.readHead(), 'HTTP/1.1 200 Connection established\r\n\r\n');
  t.is(await client.readBytes(264), `${EVERY_BYTE}and more`);
  client.close();
});

test.serial('T8: bytes behind a CONNECT that is denied reach no one', async (t) => {
  const arrived = echo.arrivals.length;
  const answered = await ask(tidegate.port, `CONNECT 93.184.215.14:443 HTTP/1.0\r\n\r\n${connectLine()}\r\nhello`);
  t.is(answered.status, 403);
  isWhole(t, answered);
  t.is(echo.arrivals.length, arrived);
});

test.serial("T9: the end of the client's bytes is passed on, and the destination still answers", async (t) => {
  const patient = await startOrigin(({ socket, received }) => {
    socket.on('end', () => socket.end(`got ${received().length} bytes`));
  });
  t.teardown(patient.close);
  const client = await rawClient(tidegate.port);
  await client.send(`CONNECT 127.0.0.1:${patient.port} HTTP/1.0\r\n\r\n`);
  await client.readHead();
  await client.send('question');
  client.halfClose();
  t.deepEqual(await client.readToEnd(), { text: 'got 8 bytes', ending: 'ended' });
});

test.serial("T9: the end of the destination's bytes is passed on, and the client may still send", async (t) => {
  const impatient = await startOrigin(({ socket }) => socket.end('enough'));
  t.teardown(impatient.close);
  const client = await rawClient(tidegate.port);
  await client.send(`CONNECT 127.0.0.1:${impatient.port} HTTP/1.0\r\n\r\n`);
  await client.readHead();
  t.deepEqual(await client.readToEnd(), { text: 'enough', ending: 'ended' });
  await client.send('but still');
  const arrival = await impatient.arrival(0);
  await until(
    () => arrival.received() === 'but still',
    () => 'the bytes do not arrive',
  );
  client.halfClose();
  await until(
    () => arrival.state() !== 'open',
    () => 'the end does not arrive',
  );
  t.pass();
});
