import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  CONTENT_BYTES,
  encodeContent,
  hashLine,
  LINE_BYTES,
  NO_LINE,
  parseHead,
  parseLine,
  sealLine,
  type Head,
} from '../../../lib/journal/lines/line.js';

const HEAD: Head = {
  seq: 7,
  time: '2026-01-31T23:59:59.999Z',
  mono: 12,
  boot: '0123456789abcdef',
  kind: 'test',
  batch: 5,
  prev: NO_LINE,
};

function seal(content: object, head: Head = HEAD): string {
  return sealLine(head, encodeContent(content));
}

function read(line: string): ReturnType<typeof parseLine> {
  return parseLine(Buffer.from(line, 'latin1'));
}

test('a line has its fields in one order, and the content under a separate name', (t) => {
  t.is(
    seal({ seq: 1, prev: 'x' }),
    `{"v":1,"seq":7,"t":"2026-01-31T23:59:59.999Z","mono":12,"boot":"0123456789abcdef","k":"test","batch":5,` +
      `"prev":"${NO_LINE}","content":{"seq":1,"prev":"x"}}\n`,
  );
});

const HOSTILE: Readonly<Record<string, string>> = {
  'a newline': 'a\nb',
  'control bytes': '\u0000\u0001\u001b[31m\u0007\r\t\u001f',
  DEL: 'a\u007fb',
  'quotes and backslashes': '"\\"}}\\n{"v":1',
  'line and paragraph separators': 'a\u2028b\u2029c',
  'C1 control bytes': '\u0085\u009b',
  'a lone high surrogate': 'a\ud800b',
  'a lone low surrogate': '\udfff',
  'broken UTF-8, as Node reads it': Buffer.from([0x61, 0xff, 0xc3, 0x28]).toString('utf8'),
  'bytes as latin1': Buffer.from([0x80, 0xff, 0xa0]).toString('latin1'),
  'an emoji': '🛶',
  'text that turns its direction': '\u202egnp.exe',
  'a byte order mark': '\ufeff',
  'what ends a script': '</script><!--',
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`${name} stays within one line of printable ASCII, and comes back as it was`, (t) => {
    const line = seal({ [text]: text });
    t.regex(line, /^[ -~]+\n$/);
    t.deepEqual(read(line), { read: 'line', ...HEAD, cut: 0, content: { [text]: text } });
  });
}

test('any JSON at all is one line of printable ASCII of at most 8 KiB, and comes back as it was unless it was cut', (t) => {
  const texts = fc.string({
    unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\ud800', '\u2028', '"')),
  });
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      texts,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
      fc.constantFrom(true, false, null),
      fc.array(tie('value')),
      fc.dictionary(texts, tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(texts, json), (content) => {
      const line = seal(content);
      if (!/^[ -~]+\n$/.test(line) || line.length > LINE_BYTES) return false;
      const parsed = parseLine(Buffer.from(line, 'latin1'));
      if (parsed.read === 'damaged') return false;
      return parsed.cut > 0 || JSON.stringify(parsed.content) === JSON.stringify(content);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('a member named __proto__ is a member', (t) => {
  const line = seal(Object.fromEntries([['__proto__', { polluted: true }]]));
  t.true(line.endsWith('"content":{"__proto__":{"polluted":true}}}\n'));
  const parsed = parseLine(Buffer.from(line));
  t.true(parsed.read === 'line' && Object.hasOwn(parsed.content, '__proto__'));
});

test('the largest content fits whole, and one byte more is cut and says how long it was', (t) => {
  const room = CONTENT_BYTES - '{"a":""}'.length;
  t.is(encodeContent({ a: 'x'.repeat(room) }).cut, 0);
  const over = encodeContent({ a: 'x'.repeat(room + 1) });
  t.is(over.cut, CONTENT_BYTES + 1);
  t.true(over.json.length <= CONTENT_BYTES);
  const most = Number.MAX_SAFE_INTEGER;
  const longest: Head = { ...HEAD, seq: most, mono: most, batch: most, kind: 'k'.repeat(64) };
  const line = sealLine(longest, { json: `{"a":"${'x'.repeat(room)}"}`, cut: most });
  t.true(line.length <= LINE_BYTES);
  t.like(read(line), { seq: most, mono: most, batch: most, cut: most });
  t.like(parseHead(Buffer.from(line)), { seq: most, kind: longest.kind, prev: NO_LINE });
});

test('the hash is base64url SHA-256 of all bytes of the line, newline included', (t) => {
  const line = seal({ a: 1 });
  const expected = createHash('sha256').update(line, 'latin1').digest('base64url');
  t.is(hashLine(line), expected);
  t.is(hashLine(Buffer.from(line)), expected);
});

const good = seal({ a: { b: 1 } });
const BROKEN: Readonly<Record<string, string>> = {
  'no newline': good.slice(0, -1),
  nothing: '',
  'a newline only': '\n',
  'a newline within': good.replace('"a"', '"\n"'),
  'a carriage return': good.replace('\n', '\r\n'),
  'a zero byte': good.replace('"a"', '"\0"'),
  'a byte above ASCII': good.replace('"a"', '"\xe9"'),
  'another version': good.replace('"v":1', '"v":2'),
  'another order': good.replace('{"v":1,"seq":7', '{"seq":7,"v":1'),
  'a space between': good.replace('"seq":', '"seq": '),
  'number 0': good.replace('"seq":7', '"seq":0'),
  'a number with a leading zero': good.replace('"seq":7', '"seq":07'),
  'a negative number': good.replace('"mono":12', '"mono":-12'),
  'a short hash': good.replace(NO_LINE, NO_LINE.slice(1)),
  'a long hash': good.replace(NO_LINE, `${NO_LINE}A`),
  'a kind with capitals': good.replace('"k":"test"', '"k":"Test"'),
  'content that is a list': good.replace('{"a":{"b":1}}', '[1]'),
  'content that is no JSON': good.replace('{"b":1}', '{b:1}'),
  'content that is cut off': good.replace('}}}\n', '}}\n'),
  'something after the content': good.replace('}}}\n', '}},"x":1}\n'),
  'something after the line': good.replace('\n', ' \n'),
  'two lines in one': good.replace('\n', good),
  'a line that is too long': seal({}).replace('{}', `{"a":"${'x'.repeat(LINE_BYTES)}"}`),
};

for (const [name, line] of Object.entries(BROKEN)) {
  test(`a reader refuses ${name}`, (t) => t.is(read(line).read, 'damaged'));
}

test('no single flipped bit leaves a line that reads the same', (t) => {
  const bytes = Buffer.from(good);
  const before = hashLine(bytes);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    t.not(hashLine(flipped), before);
  }
});
