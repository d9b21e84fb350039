import test from 'ava';
import fc from 'fast-check';
import { loadOtlpCodec } from '../../../lib/outbox/sinks/otlp-codec.js';
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
const protobuf = await loadOtlpCodec('protobuf', from);
const json = await loadOtlpCodec('json', from);

test('a request in protobuf holds one resource, one scope, and a log record for each record', (t) => {
  t.is(protobuf.contentType, 'application/x-protobuf');
  const { resource, scope, logs } = decodeRequest(protobuf.encode([record, { ...record, seq: 301 }]));
  t.deepEqual(resource, { 'service.name': 'tidegate', 'service.version': '1.2.3', 'host.name': 'egress-1' });
  t.deepEqual({ ...(scope as object) }, { name: 'tidegate.audit', version: '1.2.3' });
  t.is(logs.length, 2);
  t.deepEqual(logs[0], {
    time_unix_nano: '1769903999999000000',
    observed_time_unix_nano: '1769903999999000000',
    severity_number: 9,
    severity_text: 'INFO',
    body: '{"seq":300}',
    event_name: 'tidegate.decision',
    attributes: { 'log.record.uid': 'A'.repeat(43), 'tidegate.seq': '300', 'tidegate.boot': '0123456789abcdef' },
    dropped_attributes_count: 0,
  });
});

test("a request in JSON holds the same, in protobuf's JSON", (t) => {
  t.is(json.contentType, 'application/json');
  const text = (stringValue: string): object => ({ stringValue });
  const attribute = (key: string, value: string): object => ({ key, value: text(value) });
  t.deepEqual(JSON.parse(Buffer.from(json.encode([record])).toString()), {
    resourceLogs: [
      {
        resource: {
          attributes: [
            attribute('service.name', 'tidegate'),
            attribute('service.version', '1.2.3'),
            attribute('host.name', 'egress-1'),
          ],
          droppedAttributesCount: 0,
        },
        scopeLogs: [
          {
            scope: { name: 'tidegate.audit', version: '1.2.3' },
            logRecords: [
              {
                timeUnixNano: '1769903999999000000',
                observedTimeUnixNano: '1769903999999000000',
                severityNumber: 9,
                severityText: 'INFO',
                body: text('{"seq":300}'),
                eventName: 'tidegate.decision',
                attributes: [
                  attribute('log.record.uid', 'A'.repeat(43)),
                  { key: 'tidegate.seq', value: { intValue: 300 } },
                  attribute('tidegate.boot', '0123456789abcdef'),
                ],
                droppedAttributesCount: 0,
              },
            ],
          },
        ],
      },
    ],
  });
});

test('whatever is in a record, another program reads the same', (t) => {
  const drawn = fc.record({
    seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    text: fc.string({ unit: 'grapheme', maxLength: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 5 }), (records) => {
      const { logs } = decodeRequest(protobuf.encode(records.map((each) => ({ ...record, ...each }))));
      t.deepEqual(
        logs.map(({ body, attributes }) => [body, attributes['tidegate.seq']]),
        records.map(({ seq, text }) => [text, String(seq)]),
      );
    }),
    { numRuns: 50 },
  );
});

test('a response is read as it was written', (t) => {
  t.deepEqual(protobuf.decode(encodeResponse(0, '')), { rejected: 0, message: '' });
  t.deepEqual(protobuf.decode(encodeResponse(300, 'too old')), { rejected: 300, message: 'too old' });
  const read = (value: object): unknown => json.decode(Buffer.from(JSON.stringify(value)));
  t.deepEqual(json.decode(Buffer.alloc(0)), { rejected: 0, message: '' });
  t.deepEqual(read({}), { rejected: 0, message: '' });
  for (const rejectedLogRecords of [300, '300'])
    t.deepEqual(read({ partialSuccess: { rejectedLogRecords, errorMessage: 'too old' } }), {
      rejected: 300,
      message: 'too old',
    });
});

test('anything else is malformed, and nothing makes the reader throw', (t) => {
  for (const text of ['<html>', '[]', 'null', '7', '{"partialSuccess":3}', '{"partialSuccess":{"errorMessage":3}}'])
    t.is(json.decode(Buffer.from(text)), 'malformed', text);
  t.is(protobuf.decode(Buffer.from('<html>')), 'malformed');
  const whole = encodeResponse(300, 'too old');
  for (let size = 1; size < whole.length; size += 1)
    t.is(protobuf.decode(whole.subarray(0, size)), 'malformed', String(size));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const { decode } of [protobuf, json]) decode(Buffer.from(bytes));
    }),
  );
  t.pass();
});
