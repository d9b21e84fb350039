import test from 'ava';
import fc from 'fast-check';
import { otlpRequest, readOtlpResponse } from '../../../lib/outbox/sinks/otlp-message.js';
import { decodeRequest, encodeResponse } from './otlp-schema.js';

const from = { version: '1.2.3', host: 'egress-1' };
const record = {
  seq: 300,
  id: 'A'.repeat(43),
  time: '2026-01-31T23:59:59.999Z',
  kind: 'decision',
  boot: '0123456789abcdef',
  text: '{"seq":300}',
  object: 'none',
} as const;

test('a request holds one resource, one scope, and a log record for each', (t) => {
  const { resource, scope, logs } = decodeRequest(otlpRequest([record, { ...record, seq: 301 }], from));
  t.deepEqual(resource, { 'service.name': 'tidegate', 'service.version': '1.2.3', 'host.name': 'egress-1' });
  t.like(scope, { name: 'tidegate.audit', version: '1.2.3' });
  t.is(logs.length, 2);
  t.deepEqual(logs[0], {
    time_unix_nano: '1769903999999000000',
    observed_time_unix_nano: '1769903999999000000',
    severity_number: 9,
    severity_text: 'INFO',
    body: '{"seq":300}',
    event_name: 'tidegate.decision',
    attributes: { 'log.record.uid': 'A'.repeat(43), 'tidegate.seq': '300', 'tidegate.boot': '0123456789abcdef' },
  });
});

test('whatever is in a record, another program reads the same', (t) => {
  const drawn = fc.record({
    seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    text: fc.string({ unit: 'grapheme', maxLength: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 5 }), (records) => {
      const { logs } = decodeRequest(
        otlpRequest(
          records.map((each) => ({ ...record, ...each })),
          from,
        ),
      );
      t.deepEqual(
        logs.map(({ body, attributes }) => [body, attributes['tidegate.seq']]),
        records.map(({ seq, text }) => [text, String(seq)]),
      );
    }),
    { numRuns: 50 },
  );
});

test('a response is read as it was written', (t) => {
  t.deepEqual(readOtlpResponse(encodeResponse(0, '')), { rejected: 0n, message: '' });
  t.deepEqual(readOtlpResponse(encodeResponse(300, 'too old')), { rejected: 300n, message: 'too old' });
});

test('what is no response is malformed, and nothing can make the reader throw', (t) => {
  t.is(readOtlpResponse(Buffer.from('<html>')), 'malformed');
  const whole = encodeResponse(300, 'too old');
  for (let size = 1; size < whole.length; size += 1)
    t.is(readOtlpResponse(whole.subarray(0, size)), 'malformed', String(size));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readOtlpResponse(Buffer.from(bytes))));
  t.pass();
});
