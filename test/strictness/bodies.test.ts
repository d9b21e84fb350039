import test from 'ava';
import { answering, ok, startOrigin, type Origin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { CHUNK_VECTORS } from '../protocol/http/vectors.js';
import { head } from './answers.js';

let tidegate: Tidegate;
let origin: Origin;
test.before(async () => {
  origin = await startOrigin(answering(ok('taken')));
  tidegate = await startTidegate();
});
test.after.always(async () => {
  await tidegate.discard();
  await origin.close();
});

function post(...fields: readonly string[]): string {
  return head(`POST http://127.0.0.1:${origin.port}/ HTTP/1.1`, `Host: 127.0.0.1:${origin.port}`, ...fields);
}

/** The payload of a chunked body that the proxy has written, or `broken`. */
function payloadOf(body: string): string {
  let payload = '';
  for (let rest = body; ;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
    const length = Number.parseInt(size, 16);
    if (line === '' || Number.isNaN(length)) return 'broken';
    if (length === 0) return rest.slice(line.length) === '\r\n' ? payload : 'broken';
    payload += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
  }
}

/** What the newest connection to the origin has brought: its body, behind the head. */
function newestBody(): string {
  const text = origin.arrivals.at(-1)?.received() ?? '';
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

for (const { name, bytes, expect } of CHUNK_VECTORS) {
  if (expect === 'malformed') {
    test.serial(`H6, H16: ${name}: the request never becomes whole, and the connection ends`, async (t) => {
      const client = await rawClient(tidegate.port);
      await client.send(post('Transfer-Encoding: chunked'), bytes);
      const { text } = await client.readToEnd();
      t.notRegex(text, /^HTTP\/1\.1 2/);
      await until(
        () => origin.arrivals.every((arrival) => arrival.state() !== 'open'),
        () => 'the connection to the origin stays open',
      );
      t.is(payloadOf(newestBody()), 'broken');
    });
  } else {
    test.serial(`H6: ${name}: arrives with its payload, re-framed`, async (t) => {
      const client = await rawClient(tidegate.port);
      await client.send(post('Transfer-Encoding: chunked', 'Connection: close', 'Trailer: A'), bytes);
      const { text } = await client.readToEnd();
      t.regex(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\ntaken$/);
      t.is(payloadOf(newestBody()), expect.payload);
      t.notRegex(newestBody(), /[;:]/);
    });
  }
}

test.serial(
  'H4: a body of the length that was said goes out, byte by byte as well, and what follows is the next request',
  async (t) => {
    const client = await rawClient(tidegate.port);
    await client.send(post('Content-Length: 5'), 'h', 'el', `lo${post('Content-Length: 3')}`, 'two');
    t.is((await client.readMessage()).body, 'taken');
    t.is((await client.readMessage()).body, 'taken');
    client.close();
  },
);

test.serial('H4: a body that ends before its length never becomes a whole request', async (t) => {
  const client = await rawClient(tidegate.port);
  const before = origin.arrivals.length;
  await client.send(post('Content-Length: 50'), 'only this much');
  const arrival = await origin.arrival(before);
  await until(
    () => arrival.received().endsWith('only this much'),
    () => 'the body is not passed on as it comes',
  );
  client.halfClose();
  const { text } = await client.readToEnd();
  t.notRegex(text, /^HTTP\/1\.1 2/);
  await until(
    () => arrival.state() !== 'open',
    () => 'the origin still waits',
  );
  t.pass();
});

test.serial('H16: what stands behind a framing error is not read as a request', async (t) => {
  const client = await rawClient(tidegate.port);
  const smuggled = `GET http://127.0.0.1:${origin.port}/smuggled HTTP/1.1\r\nHost: a\r\n\r\n`;
  await client.send(post('Content-Length: 5', 'Transfer-Encoding: chunked') + smuggled);
  const { text, ending } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 400 Egress refused: /);
  t.is(text.match(/HTTP\/1\.1 /g)?.length, 1);
  t.is(ending, 'ended');
  t.false(origin.arrivals.some((arrival) => arrival.received().includes('smuggled')));
});
