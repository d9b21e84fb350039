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
