import test from 'ava';
import fc from 'fast-check';
import { createBodyReader, type BodyStep, type Framing } from '../../../lib/protocol/http/index.js';
import { CHUNK_VECTORS } from './vectors.js';

/** What a body came to, whatever pieces it came in. */
interface Outcome {
  readonly kind: BodyStep['kind'];
  readonly payload: string;
  readonly rest: string;
  readonly ended: 'whole' | 'cut_short';
}

function readPieces(framing: Framing, pieces: readonly Buffer[]): Outcome {
  const reader = createBodyReader(framing);
  let payload = '';
  for (const [index, piece] of pieces.entries()) {
    const step = reader.read(piece);
    if (step.kind === 'malformed') return { kind: 'malformed', payload, rest: '', ended: reader.ended() };
    payload += step.payload.map((bytes) => bytes.toString('latin1')).join('');
    if (step.kind === 'whole') {
      const rest = Buffer.concat([step.rest, ...pieces.slice(index + 1)]).toString('latin1');
      return { kind: 'whole', payload, rest, ended: reader.ended() };
    }
  }
  return { kind: 'more', payload, rest: '', ended: reader.ended() };
}

function cut(bytes: Buffer, ...places: readonly number[]): Buffer[] {
  const edges = [0, ...[...places].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

const NEXT = 'GET http://next.example/ HTTP/1.1\r\n';
const CHUNKED: Framing = { kind: 'chunked' };
const text = (string: string): Buffer => Buffer.from(string, 'latin1');

for (const { name, bytes, expect } of CHUNK_VECTORS) {
  test(`H6: ${name}: ${expect === 'malformed' ? 'refused' : 'read'}, in one piece, in single bytes and in any two`, (t) => {
    const whole = Buffer.concat([bytes, text(NEXT)]);
    const single = cut(whole, ...Array.from({ length: whole.length - 1 }, (_, index) => index + 1));
    const ways = [[whole], single, ...Array.from({ length: Math.min(whole.length, 2000) }, (_, at) => cut(whole, at))];
    for (const pieces of ways) {
      const outcome = readPieces(CHUNKED, pieces);
      if (expect === 'malformed') t.is(outcome.kind, 'malformed');
      else t.deepEqual(outcome, { kind: 'whole', payload: expect.payload, rest: NEXT, ended: 'whole' });
    }
  });
}

test('H6: a chunked body that ends early is cut short at every byte', (t) => {
  for (const { bytes, expect } of CHUNK_VECTORS) {
    if (expect === 'malformed') continue;
    for (let length = 0; length < bytes.length; length++) {
      t.like(readPieces(CHUNKED, [bytes.subarray(0, length)]), { kind: 'more', ended: 'cut_short' });
    }
  }
});

test('H6: any payload in any chunks and any pieces is read as it was written', (t) => {
  const chunk = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    zeros: fc.nat(4),
    extension: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (chunks, places) => {
      const wire = chunks.map(({ data, zeros, extension }) => {
        const line = `${'0'.repeat(zeros)}${data.length.toString(16)}${extension ? ';a=b' : ''}\r\n`;
        return Buffer.concat([text(line), data, text('\r\n')]);
      });
      const whole = Buffer.concat([...wire, text(`0\r\nA: b\r\n\r\n${NEXT}`)]);
      const pieces = cut(whole, ...places.map((place) => Math.min(place, whole.length)));
      const payload = Buffer.concat(chunks.map(({ data }) => data)).toString('latin1');
      t.deepEqual(readPieces(CHUNKED, pieces), { kind: 'whole', payload, rest: NEXT, ended: 'whole' });
    }),
  );
});

test('H6: whatever bytes come, a chunked reader answers the same in one piece and in many', (t) => {
  const alphabet = fc.constantFrom('0', '1', '3', 'a', 'F', ';', '\r\n', '\r', '\n', ' ', 'x', 'A: b', '\0', '\xff');
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 30 }), fc.array(fc.nat(60), { maxLength: 6 }), (parts, places) => {
      const whole = text(parts.join(''));
      const inMany = readPieces(CHUNKED, cut(whole, ...places.map((place) => Math.min(place, whole.length))));
      const inOne = readPieces(CHUNKED, [whole]);
      t.is(inMany.kind, inOne.kind);
      // In one piece, nothing is handed out of a piece that turns out to be broken.
      if (inOne.kind !== 'malformed') t.deepEqual(inMany, inOne);
    }),
    { numRuns: 2000 },
  );
});

test('a body of known length is read to its last byte and no further', (t) => {
  const whole = text(`hello${NEXT}`);
  const framing: Framing = { kind: 'length', length: 5 };
  for (let at = 0; at <= whole.length; at++) {
    t.deepEqual(readPieces(framing, cut(whole, at)), { kind: 'whole', payload: 'hello', rest: NEXT, ended: 'whole' });
  }
  t.like(readPieces(framing, [text('hell')]), { kind: 'more', payload: 'hell', ended: 'cut_short' });
});

test('a message without a body is whole before any byte', (t) => {
  for (const framing of [{ kind: 'none' }, { kind: 'length', length: 0 }] as const) {
    t.is(createBodyReader(framing).ended(), 'whole');
    t.like(readPieces(framing, [Buffer.alloc(0)]), { kind: 'whole', payload: '' });
    t.like(readPieces(framing, [text(NEXT)]), { kind: 'whole', payload: '', rest: NEXT });
  }
});

test('a body until the end of the connection is whole when that comes', (t) => {
  t.like(readPieces({ kind: 'until_close' }, [text('a'), text('b')]), { kind: 'more', payload: 'ab', ended: 'whole' });
});

test('payload is a view of the bytes handed in, not a copy', (t) => {
  const bytes = text('5\r\nhello\r\n0\r\n\r\n');
  const step = createBodyReader(CHUNKED).read(bytes);
  const [piece] = step.kind === 'whole' ? step.payload : [];
  t.is(piece?.buffer, bytes.buffer);
  t.is(piece?.byteOffset, bytes.byteOffset + 3);
});

test('chunks of single bytes come out in few pieces, and whole', (t) => {
  const reader = createBodyReader(CHUNKED);
  const letters = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(97 + (index % 26)));
  const step = reader.read(text(letters.map((letter) => `1\r\n${letter}\r\n`).join('')));
  if (step.kind === 'malformed') throw new Error(step.detail);
  t.true(step.payload.length <= 40, `${step.payload.length} pieces`);
  t.is(Buffer.concat(step.payload).toString(), letters.join(''));
});

test('short chunks between long ones keep their order, and no piece is written over by a later one', (t) => {
  const sizes = [...Array.from({ length: 31 }, () => 1), 1, 2, 5000, 1, 4095, 4096, 3, 3, 3, 9000, 1];
  const chunks = sizes.map((size, index) => String.fromCharCode(65 + index).repeat(size));
  const wire = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  t.is(readPieces(CHUNKED, [text(wire)]).payload, chunks.join(''));
  t.is(readPieces(CHUNKED, cut(text(wire), 7, 900, 6000, 11_000)).payload, chunks.join(''));
});
