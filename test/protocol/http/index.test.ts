/**
 * The room as a whole against a second reader, Node's own: what we accept, Node reads as the same message with the same
 * end; what we rebuild, both read as the same message. Node may accept more; we may not mean anything else.
 */
import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  chunkHead,
  CHUNK_TAIL,
  createBodyReader,
  endToEndFields,
  formatRequestHead,
  formatResponseHead,
  LAST_CHUNK,
  readRequestHead,
  readResponseHead,
  type Field,
  type Framing,
  type RequestHead,
  type ResponseHead,
} from '../../../lib/protocol/http/index.js';
import { CLIENT_HEADS } from './client-heads.js';
import { readAsClient, readAsServer } from './node-reader.js';
import { RESPONSE_VECTORS } from './response-vectors.js';
import { CHUNK_VECTORS, head, VECTORS } from './vectors.js';

const NEXT = head('GET http://next.example/ HTTP/1.1', 'Host: next.example', 'Connection: close');

/** One message off the front of some bytes, by our own readers: its head, and its body if all of it is there. */
interface OurReading<Head> {
  readonly head: Head;
  readonly body: string;
  readonly complete: boolean;
  readonly rest: Buffer;
}

function finish<Head extends { readonly framing: Framing }>(value: Head, behind: Buffer): OurReading<Head> | 'refused' {
  const reader = createBodyReader(value.framing);
  const step = reader.read(behind);
  if (step.kind === 'malformed') return 'refused';
  const body = Buffer.concat(step.payload).toString('latin1');
  const rest = step.kind === 'whole' ? step.rest : Buffer.alloc(0);
  return { head: value, body, complete: reader.ended() === 'whole', rest };
}

function readRequest(bytes: Buffer): OurReading<RequestHead> | 'refused' | 'partial' {
  const reading = readRequestHead(bytes);
  if (reading.kind !== 'whole') return reading.kind === 'partial' ? 'partial' : 'refused';
  return finish(reading.value, bytes.subarray(reading.length));
}

function readResponse(bytes: Buffer, method: string): OurReading<ResponseHead> | 'refused' | 'partial' {
  const reading = readResponseHead(bytes, method);
  if (reading.kind !== 'whole') return reading.kind === 'partial' ? 'partial' : 'refused';
  return finish(reading.value, bytes.subarray(reading.length));
}

/** The target as it stood on the request line, from what we read; the scheme may have been in upper case. */
function startOf({ method, target }: RequestHead): RegExp {
  const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  if (target.kind === 'authority') return new RegExp(`^${method} \\S+$`);
  const rest = target.originForm === '*' ? '' : target.originForm.replace(/^\/(?=\?|$)/, '/?');
  const optionalSlash = escape(rest)
    .replace(/^\\\/\\\?/, '\\/?')
    .replace(/^\\\/\?(?=$)/, '\\/?');
  return new RegExp(`^${method} [hH][tT][tT][pP]://[^/?#]+${optionalSlash}$`);
}

/** Whether Node sees the same request, followed by the same bytes. Answers whether there was anything to compare. */
async function agreesOnRequest(t: ExecutionContext, bytes: Buffer): Promise<boolean> {
  const ours = readRequest(bytes);
  if (typeof ours === 'string') return false;
  const { messages, error } = await readAsServer(bytes);
  const told = JSON.stringify(bytes.toString('latin1').slice(0, 2000));
  const [first, second] = messages;
  // Node takes no target beyond ASCII. It refuses it, which is not another reading.
  if (hasTargetBeyondAscii(ours.head)) {
    t.is(error, 'HPE_INVALID_URL', told);
    return true;
  }
  if (first === undefined) {
    t.fail(`Node reads nothing (${error}) in ${told}`);
    return true;
  }
  t.regex(first.start, startOf(ours.head), told);
  t.is(first.version, ours.head.version, told);
  t.deepEqual(first.fields, ours.head.fields, told);
  if (ours.head.method === 'CONNECT') t.is(first.body, ours.rest.toString('latin1'), told);
  else {
    t.deepEqual([first.body, first.complete], [ours.body, ours.complete], told);
    if (readsOn(ours)) t.is(second?.start, 'GET http://next.example/', told);
  }
  return true;
}

function hasTargetBeyondAscii({ target }: RequestHead): boolean {
  return target.kind === 'absolute' && /[^ -~]/.test(target.originForm);
}

/** Whether Node goes on to the next request: not in HTTP/1.0, nor after `close`, nor where it may wait for another protocol. */
function readsOn({ head: { keepAlive, version, upgrade }, complete, rest }: OurReading<RequestHead>): boolean {
  return complete && keepAlive && version === '1.1' && upgrade === 'none' && rest.equals(NEXT);
}

async function agreesOnResponse(t: ExecutionContext, method: string, bytes: Buffer): Promise<boolean> {
  const ours = readResponse(bytes, method);
  if (typeof ours === 'string') return false;
  const { messages, error } = await readAsClient(method, bytes);
  const told = JSON.stringify(bytes.toString('latin1').slice(0, 2000));
  const [first] = messages;
  if (first === undefined) {
    t.fail(`Node reads nothing (${error}) in ${told}`);
    return true;
  }
  const { status, reason, version, fields } = ours.head;
  t.deepEqual([first.start, first.version], [`${status} ${reason}`, version], told);
  t.deepEqual(first.fields, fields, told);
  if (status >= 200) t.deepEqual([first.body, first.complete], [ours.body, ours.complete], told);
  return true;
}

/** A body for a head, as its framing wants it. */
function bodyFor({ framing }: { readonly framing: Framing }): Buffer {
  switch (framing.kind) {
    case 'none':
      return Buffer.alloc(0);
    case 'length':
      return Buffer.alloc(Math.min(framing.length, 4096), 'x');
    case 'chunked':
      return Buffer.concat([chunkHead(5), Buffer.from('hello'), CHUNK_TAIL, LAST_CHUNK]);
    case 'until_close':
      return Buffer.from('until the end');
  }
}

function withBody(bytes: Buffer): Buffer {
  const reading = readRequestHead(bytes);
  return reading.kind === 'whole' ? Buffer.concat([bytes, bodyFor(reading.value)]) : bytes;
}

const REQUESTS = [...VECTORS.filter(({ expect }) => expect === 'accepted'), ...CLIENT_HEADS].map(({ bytes }) =>
  withBody(bytes),
);
const POST = head('POST http://origin.example/ HTTP/1.1', 'Host: origin.example', 'Transfer-Encoding: chunked');
const CHUNKED_REQUESTS = CHUNK_VECTORS.map(({ bytes }) => Buffer.concat([POST, bytes]));
const ACCEPTED_RESPONSES = RESPONSE_VECTORS.filter(({ expect }) => expect !== 'malformed');
const RESPONSES = ACCEPTED_RESPONSES.map(({ method, bytes }) => {
  const reading = readResponseHead(bytes, method);
  return { method, bytes: reading.kind === 'whole' ? Buffer.concat([bytes, bodyFor(reading.value)]) : bytes };
});

test('what we accept from a client, Node reads as the same request with the same end', async (t) => {
  let compared = 0;
  for (const bytes of [...REQUESTS, ...CHUNKED_REQUESTS]) {
    if (await agreesOnRequest(t, Buffer.concat([bytes, NEXT]))) compared++;
  }
  t.true(compared >= REQUESTS.length, `${compared} compared`);
});

test('what we accept from an origin, Node reads as the same response with the same end', async (t) => {
  let compared = 0;
  for (const { method, bytes } of RESPONSES) if (await agreesOnResponse(t, method, bytes)) compared++;
  t.is(compared, ACCEPTED_RESPONSES.length);
});

test('every refusal is explained in docs/strictness.md, in its own words under its own rule', async (t) => {
  const page = await readFile('docs/strictness.md', 'utf8');
  const sections = new Map(
    page.split(/\*\*(?=[AHTL][0-9]+:)/).map((text) => [text.split(':', 1)[0] ?? '', text.replaceAll(/\s+/g, ' ')]),
  );
  const readings = [
    ...VECTORS.map(({ bytes }) => readRequestHead(bytes)),
    ...RESPONSE_VECTORS.map(({ bytes, method }) => readResponseHead(bytes, method)),
  ];
  for (const reading of readings) {
    if (reading.kind !== 'malformed') continue;
    const { rule, detail } = reading;
    const ofHost = rule === 'A11' && detail.startsWith('Host: ');
    const where = ofHost ? page : (sections.get(rule) ?? '');
    const what = detail.replace(/^Host: /, '').replace(/more than [0-9]+ field/, 'more than 100 field');
    t.true(where.replaceAll(/\s+/g, ' ').includes(`\`${what}\``), `${rule}: ${detail}`);
  }
  for (const { bytes } of CHUNK_VECTORS) {
    const step = createBodyReader({ kind: 'chunked' }).read(bytes);
    if (step.kind === 'malformed') t.true(page.replaceAll(/\s+/g, ' ').includes(`\`${step.detail}\``), step.detail);
  }
});

const BYTES = [
  ...Array.from('\r\n\t \0:;,/?#@%[]*+-_.0159afAFxzGT"\\'),
  '\r\n',
  '\r\n\r\n',
  '\xff',
  '\x7f',
  'chunked',
  '0\r\n\r\n',
  '\r\nHost: a',
  '\r\nContent-Length: 3',
  '\r\nTransfer-Encoding: chunked',
  '\r\nConnection: close',
  '\r\nExpect: 100-continue',
  '\r\nUpgrade: a',
  '\r\n b',
];
const edit = fc.record({
  at: fc.noBias(fc.nat(100_000)),
  cut: fc.nat(3),
  put: fc.constantFrom('', ...BYTES),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
type Edits = typeof edits extends fc.Arbitrary<infer Value> ? Value : never;

function mutate(bytes: Buffer, changes: Edits): Buffer {
  let changed = bytes;
  for (const { at, cut, put } of changes) {
    const place = at % (changed.length + 1);
    changed = Buffer.concat([changed.subarray(0, place), Buffer.from(put, 'latin1'), changed.subarray(place + cut)]);
  }
  return changed;
}

test('a request with any few bytes changed is refused, or read by Node as we read it', async (t) => {
  const from = fc.constantFrom(...[...REQUESTS, ...CHUNKED_REQUESTS].filter(({ length }) => length < 2000));
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(from, edits, async (bytes, changes) => {
      if (await agreesOnRequest(t, Buffer.concat([mutate(bytes, changes), NEXT]))) compared++;
    }),
    { numRuns: 4000 },
  );
  t.true(compared > 400, `${compared} compared`);
});

test('a response with any few bytes changed is refused, or read by Node as we read it', async (t) => {
  const from = fc.constantFrom(...RESPONSES.filter(({ bytes }) => bytes.length < 2000));
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(from, edits, async ({ method, bytes }, changes) => {
      if (await agreesOnResponse(t, method, mutate(bytes, changes))) compared++;
    }),
    { numRuns: 3000 },
  );
  t.true(compared > 200, `${compared} compared`);
});

test('any bytes at all are whole, partial or malformed, and never an exception', (t) => {
  const soup = fc.array(
    fc.oneof(fc.constantFrom(...BYTES, 'GET ', ' HTTP/1.1\r\n', 'HTTP/1.1 200 OK\r\n'), fc.string({ unit: 'binary' })),
  );
  fc.assert(
    fc.property(soup, (parts) => {
      const bytes = Buffer.from(parts.join(''), 'latin1');
      for (const { kind } of [
        readRequestHead(bytes),
        readResponseHead(bytes, 'GET'),
        createBodyReader({ kind: 'chunked' }).read(bytes),
      ]) {
        t.true(['whole', 'partial', 'more', 'malformed'].includes(kind));
      }
    }),
    { numRuns: 5000 },
  );
});

test('a request that is rebuilt is read, by us and by Node, as the one that came', async (t) => {
  for (const bytes of REQUESTS) {
    const ours = readRequest(bytes);
    if (typeof ours === 'string' || ours.head.target.kind !== 'absolute' || hasTargetBeyondAscii(ours.head)) continue;
    const { method, target, framing } = ours.head;
    const fields = endToEndFields(ours.head.fields);
    const rebuilt = Buffer.concat([formatRequestHead({ method, ...target, fields, framing }), bodyFor(ours.head)]);
    const { messages } = await readAsServer(rebuilt);
    t.is(messages[0]?.start, `${method} ${target.originForm}`);
    t.is(messages[0]?.body, ours.body);
    t.deepEqual(messages[0]?.fields, [['Host', target.host], ...fields, ...framingFields(framing)]);
  }
});

test('a response that is rebuilt is read, by us and by Node, as the one that came', async (t) => {
  for (const { method, bytes } of RESPONSES) {
    const ours = readResponse(bytes, method);
    if (typeof ours === 'string') continue;
    const { status, reason, framing, keepAlive } = ours.head;
    const fields = endToEndFields(ours.head.fields);
    const rebuilt = Buffer.concat([
      formatResponseHead({ status, reason, fields, framing, keepAlive }),
      bodyFor(ours.head),
    ]);
    const again = readResponse(rebuilt, method);
    if (typeof again === 'string') return t.fail(rebuilt.toString('latin1'));
    t.deepEqual([again.head.status, again.head.framing, again.body], [status, framing, ours.body]);
    t.deepEqual(endToEndFields(again.head.fields), fields);
    const { messages } = await readAsClient(method, rebuilt);
    t.regex(messages[0]?.start ?? '', new RegExp(`^${status} [ -~]+$`));
    if (status >= 200) t.is(messages[0]?.body, ours.body);
  }
});

function framingFields(framing: Framing): Field[] {
  if (framing.kind === 'length') return [['Content-Length', String(framing.length)]];
  return framing.kind === 'chunked' ? [['Transfer-Encoding', 'chunked']] : [];
}
