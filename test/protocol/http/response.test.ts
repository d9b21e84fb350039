import test from 'ava';
import { readResponseHead, type ResponseHead } from '../../../lib/protocol/http/index.js';
import { RESPONSE_VECTORS } from './response-vectors.js';
import { head } from './vectors.js';

for (const { rule, name, method, bytes, expect } of RESPONSE_VECTORS) {
  test(`${rule}: an origin's ${name}: ${expect === 'malformed' ? 'refused' : expect.kind}`, (t) => {
    const reading = readResponseHead(bytes, method);
    if (expect === 'malformed') t.like(reading, { kind: 'malformed', rule, status: 503 });
    else
      t.deepEqual(reading.kind === 'whole' ? [reading.value.framing, reading.length] : reading, [expect, bytes.length]);
  });
}

test('every prefix of a whole head is partial', (t) => {
  for (const { name, method, bytes, expect } of RESPONSE_VECTORS) {
    if (expect === 'malformed') continue;
    for (let length = 0; length < bytes.length; length++) {
      if (readResponseHead(bytes.subarray(0, length), method).kind !== 'partial') t.fail(`${name}: ${length} bytes`);
    }
  }
  t.pass();
});

test('an origin that speaks another protocol is known by its first bytes', (t) => {
  for (const text of ['S', '\x15', 'HTTQ', 'HTTP/2', 'HTTP/1.2', '\n']) {
    t.like(
      readResponseHead(Buffer.from(text, 'latin1'), 'GET'),
      { kind: 'malformed', rule: 'H7' },
      JSON.stringify(text),
    );
  }
});

test('a start that no version has is refused before the head is whole, and the start of one is not', (t) => {
  const read = (text: string): unknown => readResponseHead(Buffer.from(text), 'GET');
  const refused = { kind: 'malformed', detail: 'not an HTTP/1.0 or HTTP/1.1 response' };
  for (const text of ['HTTP/1.1\r', 'HTTP/1.0X', 'HTTP/1.11', 'HTTP/1.1\t200']) t.like(read(text), refused, text);
  for (const text of ['', 'H', 'HTTP/1.', 'HTTP/1.0', 'HTTP/1.1 ']) t.like(read(text), { kind: 'partial' }, text);
});

test('H13: a head has 64 KiB and 250 field lines at most', (t) => {
  const long = (length: number): Buffer =>
    head('HTTP/1.1 200 OK', `A: ${'x'.repeat(length - 'HTTP/1.1 200 OKA: '.length - 6)}`);
  t.is(long(65_536).length, 65_536);
  t.is(readResponseHead(long(65_536), 'GET').kind, 'whole');
  t.like(readResponseHead(long(65_537), 'GET'), { kind: 'malformed', rule: 'H13', status: 503 });
  const lines = (count: number): Buffer => head('HTTP/1.1 200 OK', ...Array<string>(count).fill('A: 1'));
  t.is(readResponseHead(lines(250), 'GET').kind, 'whole');
  t.like(readResponseHead(lines(251), 'GET'), { kind: 'malformed', rule: 'H13' });
});

test('status, reason, version and fields are those that were sent', (t) => {
  const { framing, ...rest } = whole('HTTP/1.0 404 Not  Found', 'Set-Cookie: a', 'set-cookie: b', 'A: \xe9');
  t.is(framing.kind, 'until_close');
  t.deepEqual(rest, {
    version: '1.0',
    status: 404,
    reason: 'Not  Found',
    fields: [
      ['Set-Cookie', 'a'],
      ['set-cookie', 'b'],
      ['A', '\xe9'],
    ],
    keepAlive: false,
  });
});

test('a connection is kept only where the body has its own end', (t) => {
  t.true(whole('HTTP/1.1 200 OK', 'Content-Length: 5').keepAlive);
  t.true(whole('HTTP/1.0 200 OK', 'Content-Length: 5', 'Connection: keep-alive').keepAlive);
  t.false(whole('HTTP/1.0 200 OK', 'Content-Length: 5').keepAlive);
  t.false(whole('HTTP/1.1 200 OK', 'Content-Length: 5', 'Connection: close').keepAlive);
  t.false(whole('HTTP/1.1 200 OK').keepAlive);
});

function whole(...lines: readonly string[]): ResponseHead {
  const reading = readResponseHead(head(...lines), 'GET');
  if (reading.kind !== 'whole') throw new Error(JSON.stringify(reading));
  return reading.value;
}

test('H13: a list of 32 KiB of commas is refused', (t) => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: ${','.repeat(32_000)}\r\n\r\n`);
  t.like(readResponseHead(bytes, 'GET'), { kind: 'malformed', rule: 'H13', status: 503 });
});

test('a response that comes in single bytes is read as in one', (t) => {
  for (const { bytes, method } of RESPONSE_VECTORS) {
    let reading = readResponseHead(Buffer.alloc(0), method);
    for (let length = 1; reading.kind === 'partial' && length <= bytes.length; length++) {
      reading = readResponseHead(bytes.subarray(0, length), method, reading.progress);
    }
    const inOne = readResponseHead(bytes, method);
    if (reading.kind === 'malformed') t.like(inOne, { kind: 'malformed' });
    else t.deepEqual(reading, inOne);
  }
});
