import test from 'ava';
import { formatDestination } from '../../../lib/address/index.js';
import { readRequestHead, type RequestHead } from '../../../lib/protocol/http/index.js';
import { CLIENT_HEADS } from './client-heads.js';
import { head, VECTORS } from './vectors.js';

function readWhole(bytes: Buffer): RequestHead {
  const reading = readRequestHead(bytes);
  if (reading.kind !== 'whole') throw new Error(`not whole: ${JSON.stringify(reading)}`);
  return reading.value;
}

for (const { rule, name, bytes, expect } of VECTORS) {
  const outcome = expect === 'accepted' ? 'accepted' : `refused with ${expect.status}`;
  test(`${rule}: ${name}: ${outcome}`, (t) => {
    const reading = readRequestHead(bytes);
    if (expect === 'accepted') {
      t.like(reading, { kind: 'whole', length: bytes.length });
    } else {
      t.like(reading, { kind: 'malformed', rule, status: expect.status });
      t.regex(reading.kind === 'malformed' ? reading.detail : '', /^[\x20-\x7e]+$/);
    }
  });
}

for (const { client, bytes, destination, user } of CLIENT_HEADS) {
  test(`what ${client} sends is read as it was meant`, (t) => {
    const { target, credentials } = readWhole(bytes);
    t.is(formatDestination(target.destination), destination);
    t.is(credentials.kind === 'credentials' ? credentials.user : credentials.kind, user);
  });
}

test('every prefix of a whole head is partial', (t) => {
  for (const { bytes } of [...CLIENT_HEADS, ...VECTORS.filter(({ expect }) => expect === 'accepted')]) {
    for (let length = 0; length < bytes.length; length++) {
      const reading = readRequestHead(bytes.subarray(0, length));
      if (reading.kind !== 'partial') {
        t.fail(`${length} bytes of ${JSON.stringify(bytes.toString('latin1'))}: ${JSON.stringify(reading)}`);
      }
    }
  }
  t.pass();
});

test('a refused head stays refused however its bytes arrive', (t) => {
  for (const { rule, name, bytes, expect } of VECTORS) {
    if (expect === 'accepted') continue;
    let first = readRequestHead(Buffer.alloc(0));
    for (let length = 1; first.kind === 'partial' && length <= bytes.length; length++) {
      first = readRequestHead(bytes.subarray(0, length));
    }
    t.like(first, { kind: 'malformed', rule, status: expect.status }, name);
  }
});

test('a head that comes in pieces is read as in one, with what was checked before not looked at again', (t) => {
  for (const { bytes } of VECTORS) {
    for (const size of [1, 2, 7]) {
      let reading = readRequestHead(Buffer.alloc(0));
      let length = 0;
      while (reading.kind === 'partial' && length < bytes.length) {
        length = Math.min(bytes.length, length + size);
        const { progress } = reading;
        t.true(progress.checked <= length);
        reading = readRequestHead(bytes.subarray(0, length), progress);
      }
      const inOne = readRequestHead(bytes);
      if (reading.kind === 'malformed')
        t.like(inOne, { kind: 'malformed', rule: reading.rule, status: reading.status });
      else t.deepEqual(reading, inOne);
    }
  }
});

test('H13: a head that comes in single bytes is looked at once', (t) => {
  const bytes = head(
    'GET http://origin.example/ HTTP/1.1',
    ...Array.from({ length: 99 }, () => `A: ${'b'.repeat(300)}`),
  );
  let looked = 0;
  const counting = (view: Buffer): Buffer =>
    new Proxy(view, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...given: readonly unknown[]): unknown => {
          // From where on it looks; the first byte of a head is looked at each time.
          if (key === 'indexOf' || key === 'includes') looked += target.length - Number(given[1] ?? 0);
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
  let reading = readRequestHead(Buffer.alloc(0));
  for (let length = 1; reading.kind === 'partial' && length < bytes.length; length++) {
    reading = readRequestHead(counting(bytes.subarray(0, length)), reading.progress);
  }
  t.is(reading.kind, 'partial');
  t.true(looked < 20 * bytes.length, `${looked} bytes looked at of ${bytes.length}`);
});

test('H13: too many field lines are refused before the head is whole', (t) => {
  const lines = (count: number): Buffer =>
    Buffer.from(`GET http://origin.example/ HTTP/1.1\r\n${'A: b\r\n'.repeat(count)}`);
  t.is(readRequestHead(lines(100)).kind, 'partial');
  t.like(readRequestHead(lines(101)), { kind: 'malformed', rule: 'H13', status: 431 });
});

test('H13: Connection and Via have 100 elements at most, however many fields they are in', (t) => {
  const read = (...fields: readonly string[]) =>
    readRequestHead(head('GET http://origin.example/ HTTP/1.1', 'Host: a', ...fields));
  for (const name of ['Connection', 'via']) {
    t.is(read(`${name}: a${','.repeat(99)}`).kind, 'whole');
    t.is(read(`${name}: ${','.repeat(49)}`, `${name}: ${','.repeat(49)}`).kind, 'whole');
    const expected = { kind: 'malformed', rule: 'H13', status: 431 } as const;
    t.like(read(`${name}: a${','.repeat(100)}`), expected);
    t.like(read(`${name}: ${','.repeat(50)}`, `${name}: ${','.repeat(49)}`), expected);
    t.like(read(`${name}: ${','.repeat(32_000)}`), expected);
  }
});

test('H1, H7, H9: a request that cannot become right is refused before its head is whole', (t) => {
  const early = [
    '\x16',
    '\r',
    'GET / HTTP/1.1\r\n',
    'GET http://origin.example/ HTTP/1.1\n',
    'CONNECT origin.example HTTP/1.1\r\n',
  ];
  for (const text of early) t.is(readRequestHead(Buffer.from(text, 'latin1')).kind, 'malformed', JSON.stringify(text));
});

test('bytes after the head are not touched and not looked at', (t) => {
  const bytes = head('CONNECT origin.example:443 HTTP/1.0');
  t.like(readRequestHead(Buffer.concat([bytes, Buffer.from('\x16\x03\x01\n\0')])), {
    kind: 'whole',
    length: bytes.length,
  });
});

test('A10: an absolute-form target is taken apart and nothing in it is changed', (t) => {
  const cases = [
    ['http://Origin.Example', 'origin.example', '/', '/'],
    ['http://origin.example:80/', 'origin.example', '/', '/'],
    ['http://origin.example.:8080/a?b?c', 'origin.example:8080', '/a', '/a?b?c'],
    ['http://origin.example?b', 'origin.example', '/', '/?b'],
    ['http://[2001:DB8::1]/%7e/../x', '[2001:db8::1]', '/%7e/../x', '/%7e/../x'],
  ];
  for (const [target = '', host, path, originForm] of cases) {
    t.like(readWhole(head(`GET ${target} HTTP/1.0`)).target, { kind: 'absolute', host, path, originForm }, target);
  }
});

test('H8: OPTIONS that may go no further is refused, and every other request with Max-Forwards goes on', (t) => {
  const options = (hops: string) => head('OPTIONS http://origin.example/ HTTP/1.0', `Max-Forwards: ${hops}`);
  for (const hops of ['0', '000', '-1', 'x', '']) {
    const reading = readRequestHead(options(hops));
    t.like(reading, { kind: 'malformed', rule: 'H8', status: 501 }, hops);
  }
  t.like(readWhole(options('7')).target, { originForm: '/' });
  t.like(readWhole(head('GET http://origin.example/ HTTP/1.0', 'Max-Forwards: 0')).target, { originForm: '/' });
});

test('H9: OPTIONS of a whole server goes on as an asterisk', (t) => {
  t.like(readWhole(head('OPTIONS http://origin.example HTTP/1.0')).target, { originForm: '*', path: '*' });
  t.like(readWhole(head('OPTIONS http://origin.example/ HTTP/1.0')).target, { originForm: '/', path: '/' });
});

test('fields keep their order, case, number and bytes', (t) => {
  const { fields } = readWhole(head('CONNECT a:1 HTTP/1.0', 'b: 1', 'A:\t2 ', 'b: \xff', 'C:'));
  t.deepEqual(fields, [
    ['b', '1'],
    ['A', '2'],
    ['b', '\xff'],
    ['C', ''],
  ]);
});

test('the connection is kept as version and Connection say, whatever Proxy-Connection says', (t) => {
  const cases: readonly [string, boolean, ...string[]][] = [
    ['1.1', true],
    ['1.1', false, 'Connection: Close'],
    ['1.1', false, 'Connection: keep-alive, x', 'connection: close'],
    ['1.1', true, 'Proxy-Connection: close'],
    ['1.0', false],
    ['1.0', true, 'Connection: Keep-Alive'],
    ['1.0', false, 'Connection: keep-alive, close'],
    ['1.0', false, 'Proxy-Connection: Keep-Alive'],
    ['1.1', true, 'Connection: \xa0close'], // a no-break space is part of the option's name
  ];
  for (const [version, keepAlive, ...fields] of cases) {
    const bytes = head(`GET http://a/ HTTP/${version}`, 'Host: a', ...fields);
    t.is(readWhole(bytes).keepAlive, keepAlive, `${version} ${fields.join(' ')}`);
  }
});

test('H12: a body is held back only in HTTP/1.1, and only where there is one', (t) => {
  const expecting = (line: string, ...fields: readonly string[]): boolean =>
    readWhole(head(line, 'Host: a', 'Expect: 100-continue', ...fields)).expectsContinue;
  t.true(expecting('PUT http://a/ HTTP/1.1', 'Content-Length: 1'));
  t.true(expecting('PUT http://a/ HTTP/1.1', 'Transfer-Encoding: chunked'));
  t.false(expecting('PUT http://a/ HTTP/1.0', 'Content-Length: 1'));
  t.false(expecting('PUT http://a/ HTTP/1.1', 'Content-Length: 0'));
  t.false(expecting('GET http://a/ HTTP/1.1'));
});

test('H11: a wish to upgrade is seen', (t) => {
  t.is(readWhole(head('GET http://a/ HTTP/1.1', 'Host: a', 'Upgrade: h2c')).upgrade, 'asked');
  t.is(readWhole(head('GET http://a/ HTTP/1.1', 'Host: a')).upgrade, 'none');
});

test('H4, H5, H14: the framing is what the fields say', (t) => {
  const framing = (...lines: readonly string[]) => readWhole(head(...lines)).framing;
  t.deepEqual(framing('POST http://a/ HTTP/1.0'), { kind: 'none' });
  t.deepEqual(framing('POST http://a/ HTTP/1.0', 'Content-Length: 007'), { kind: 'length', length: 7 });
  t.deepEqual(framing('POST http://a/ HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'), { kind: 'chunked' });
  t.deepEqual(framing('CONNECT a:1 HTTP/1.0', 'Content-Length: 0'), { kind: 'none' });
});

test('A2: the detail says how SSH.NET users get an IPv6 target through', (t) => {
  const reading = readRequestHead(head('CONNECT 2001:db8::5:22 HTTP/1.0'));
  t.regex(reading.kind === 'malformed' ? reading.detail : '', /register the target by name/);
});
