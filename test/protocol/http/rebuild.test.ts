import test from 'ava';
import fc from 'fast-check';
import {
  CHUNK_TAIL,
  LAST_CHUNK,
  chunkHead,
  createBodyReader,
  endToEndFields,
  formatRequestHead,
  formatResponseHead,
  hasPassedThrough,
  oneHopLess,
  readRequestHead,
  readResponseHead,
  viaField,
  type Field,
  type Framing,
} from '../../../lib/protocol/http/index.js';

const request = {
  ...{ method: 'GET', originForm: '/a?b', host: 'origin.example', fields: [] as Field[] },
  framing: { kind: 'none' } as Framing,
};
const response = {
  ...{ status: 200, reason: 'OK', fields: [] as Field[], keepAlive: true },
  framing: { kind: 'length', length: 5 } as Framing,
};
const NONE: Framing = { kind: 'none' };
const text = (bytes: Buffer): string => bytes.toString('latin1');

test('H8: OPTIONS has one hop less before it, other methods have what they had', (t) => {
  t.deepEqual(oneHopLess('OPTIONS', [['max-Forwards', '3']]), [['max-Forwards', '2']]);
  t.deepEqual(oneHopLess('GET', [['Max-Forwards', '3']]), [['Max-Forwards', '3']]);
});

test('a request is written with our Host first, the fields as they were, and the framing last', (t) => {
  const fields: Field[] = [
    ['b', '1'],
    ['Accept', '*/*'],
    ['B', '\xff'],
  ];
  const bytes = formatRequestHead({ ...request, fields, framing: { kind: 'length', length: 7 } });
  t.is(
    text(bytes),
    'GET /a?b HTTP/1.1\r\nHost: origin.example\r\nb: 1\r\nAccept: */*\r\nB: \xff\r\nContent-Length: 7\r\n\r\n',
  );
  t.regex(
    text(formatRequestHead({ ...request, framing: { kind: 'chunked' } })),
    /\r\nTransfer-Encoding: chunked\r\n\r\n$/,
  );
});

test('a response is written as HTTP/1.1, with what becomes of the connection', (t) => {
  t.is(text(formatResponseHead(response)), 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n');
  t.is(
    text(formatResponseHead({ ...response, keepAlive: false })),
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
  );
  t.is(
    text(formatResponseHead({ ...response, framing: { kind: 'until_close' } })),
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
  );
});

test('an interim response says nothing of the connection', (t) => {
  t.is(
    text(formatResponseHead({ ...response, status: 100, reason: 'Continue', framing: NONE })),
    'HTTP/1.1 100 Continue\r\n\r\n',
  );
});

test('a length without a body is passed on for HEAD and 304', (t) => {
  const bytes = formatResponseHead({ ...response, framing: { kind: 'none', announcedLength: 9 } });
  t.regex(text(bytes), /\r\nContent-Length: 9\r\n/);
  const reading = readResponseHead(bytes, 'HEAD');
  t.like(reading, { kind: 'whole', value: { framing: { kind: 'none', announcedLength: 9 } } });
});

test('a reason is always there and always printable ASCII', (t) => {
  const reasonFor = (reason: string, status = 404): string => {
    const [line = ''] = text(formatResponseHead({ ...response, status, reason })).split('\r\n');
    return line.slice('HTTP/1.1 404 '.length);
  };
  t.is(reasonFor('Egress denied: no rule (attempt 0198)', 403), 'Egress denied: no rule (attempt 0198)');
  for (const reason of ['', ' ', '\t', 'D\xe9j\xe0', 'a\r\nSet-Cookie: b', 'a\0', 'na\u0000', '\u010a']) {
    t.is(reasonFor(reason), 'Not Found', JSON.stringify(reason));
  }
  t.is(reasonFor('', 299), 'Unassigned');
});

test('H10: hop-by-hop and proxy fields stop here, the rest keeps order, case and number', (t) => {
  const fields: Field[] = [
    ['Host', 'a'],
    ['X', '1'],
    ['Connection', 'close, X-Private , ,keep-alive'],
    ['x-PRIVATE', 'secret'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'Keep-Alive'],
    ['Proxy-Authorization', 'Basic dTpw'],
    ['Proxy-Authenticate', 'Basic'],
    ['Proxy-Authentication-Info', 'x'],
    ['TE', 'trailers'],
    ['Trailer', 'X'],
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '5'],
    ['Upgrade', 'h2c'],
    ['HTTP2-Settings', 'AAMAAABk'],
    ['x', '2'],
    ['Authorization', 'Bearer t'],
    ['Expect', '100-continue'],
    ['Via', '1.1 before'],
  ];
  t.deepEqual(endToEndFields(fields), [
    ['X', '1'],
    ['x', '2'],
    ['Authorization', 'Bearer t'],
    ['Expect', '100-continue'],
    ['Via', '1.1 before'],
  ]);
});

test('H10: Connection takes no framing, no Host and no Via away', (t) => {
  const bytes = Buffer.from(
    'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nVia: 1.1 x\r\nConnection: Host, Content-Length, Via\r\n\r\n',
  );
  const reading = readRequestHead(bytes);
  if (reading.kind !== 'whole' || reading.value.target.kind !== 'absolute') throw new Error(JSON.stringify(reading));
  const { method, target, fields, framing } = reading.value;
  const rebuilt = formatRequestHead({ method, ...target, fields: endToEndFields(fields), framing });
  t.is(text(rebuilt), 'POST / HTTP/1.1\r\nHost: a.example\r\nVia: 1.1 x\r\nContent-Length: 5\r\n\r\n');
});

test('a loop is seen by our own name in Via, in any field, place and case', (t) => {
  t.deepEqual(viaField('1.0', 'tidegate-7'), ['Via', '1.0 tidegate-7']);
  t.true(hasPassedThrough([viaField('1.1', 'tidegate-7')], 'tidegate-7'));
  t.true(hasPassedThrough([['via', '1.0 fred, HTTP/1.1 TIDEGATE-7 (a comment)']], 'tidegate-7'));
  t.false(
    hasPassedThrough(
      [
        ['Via', '1.1 tidegate-70'],
        ['X', '1.1 tidegate-7'],
      ],
      'tidegate-7',
    ),
  );
});

test('what could break a message is a bug, and throws', (t) => {
  const requests = [
    { method: 'GET /' },
    { method: '' },
    { originForm: '' },
    { originForm: '/a b' },
    { originForm: '/a\r\nX: y' },
    { originForm: '/\u010a' },
    { host: 'a\r\nX: y' },
    { fields: [['A', 'b\nc']] as Field[] },
    { fields: [['A', 'b\rc']] as Field[] },
    { fields: [['A', 'b\0']] as Field[] },
    { fields: [['A', '\u010a']] as Field[] }, // its low byte is a line feed
    { fields: [['A:', 'b']] as Field[] },
    { fields: [['', 'b']] as Field[] },
    { fields: [['Content-Length', '5']] as Field[] },
    { fields: [['transfer-encoding', 'chunked']] as Field[] },
    { fields: [['HOST', 'b']] as Field[] },
    { fields: [['Connection', 'x']] as Field[] },
    { framing: { kind: 'length', length: -1 } as const },
    { framing: { kind: 'length', length: 0.5 } as const },
    { framing: { kind: 'until_close' } as const },
  ];
  for (const wrong of requests)
    t.throws(() => formatRequestHead({ ...request, ...wrong }), undefined, JSON.stringify(wrong));
  const responses = [{ status: 99 }, { status: 600 }, { status: 200.5 }, { status: 204 }, { status: 101 }];
  for (const wrong of responses)
    t.throws(() => formatResponseHead({ ...response, ...wrong }), undefined, JSON.stringify(wrong));
});

test('no text, whatever it holds, adds a line to a message', (t) => {
  const any = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\r', '\n', '\0', ':', ' ', '\u010a', '\u0d0a', '\xff'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  const lines = (format: () => Buffer): number => {
    try {
      return text(format()).split(/\r\n|\r|\n/).length;
    } catch {
      return 0;
    }
  };
  fc.assert(
    fc.property(any, any, (name, value) => {
      t.true([0, 5].includes(lines(() => formatRequestHead({ ...request, fields: [[name, value]] }))));
      t.true([0, 4].includes(lines(() => formatRequestHead({ ...request, host: value, method: name }))));
      t.is(
        lines(() => formatResponseHead({ ...response, reason: value })),
        5,
      );
    }),
    { numRuns: 2000 },
  );
});

test('chunks are written as our own reader takes them', (t) => {
  const bytes = Buffer.concat([
    chunkHead(5),
    Buffer.from('hello'),
    CHUNK_TAIL,
    chunkHead(300),
    Buffer.alloc(300, 'x'),
    CHUNK_TAIL,
    LAST_CHUNK,
  ]);
  const step = createBodyReader({ kind: 'chunked' }).read(bytes);
  if (step.kind !== 'whole') throw new Error(step.kind);
  t.is(text(Buffer.concat(step.payload)), `hello${'x'.repeat(300)}`);
  for (const length of [0, -1, 0.5]) t.throws(() => chunkHead(length), { instanceOf: RangeError });
});
