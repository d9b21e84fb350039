import test from 'ava';
import { echoing, startOrigin } from '../fixtures/origin.js';
import type { Origin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';
import type { Tidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { ask, ATTEMPT, head, isWhole } from './answers.js';

let tidegate: Tidegate;
let echo: Origin;
test.before(async () => {
  echo = await startOrigin(echoing);
  tidegate = await startTidegate();
});
test.after.always(async () => {
  await tidegate.discard();
  await echo.close();
});

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

test.serial('T8: bytes behind a CONNECT that is denied reach nobody', async (t) => {
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
