import test from 'ava';
import fc from 'fast-check';
import { encodeQuery, readReply, type Question, type Reply } from '../../../lib/protocol/dns/index.js';
import { answerTo, readQuestion, type DnsRecord } from '../../fixtures/dns-message.js';
import { domainName } from '../../dns/asking.js';

const ask = (name: string, type: Question['type'] = 'A'): Question => ({ name: domainName(name), type });
const QUESTION = ask('a.test');
const QUERY = encodeQuery(QUESTION, 7, 'extended');

function read(records: readonly DnsRecord[], question = QUESTION): Reply {
  const query = encodeQuery(question, 7, 'extended');
  return readReply(question, query, answerTo(readQuestion(query), { code: 0, records }));
}

function summary(reply: Reply): unknown {
  if (reply.kind !== 'addresses') return reply.kind === 'rejected' ? reply.code : reply.kind;
  return [reply.records.map(({ address }) => address.text).join(' '), reply.aliases];
}

test('addresses are those of the name, or of the end of its aliases, in any order of the records', (t) => {
  const records: readonly DnsRecord[] = [
    { type: 'A', value: '192.0.2.1', owner: 'c.test' },
    { type: 'CNAME', value: 'C.test', owner: 'b.test' },
    { type: 'CNAME', value: 'b.TEST', owner: 'A.test' },
    { type: 'A', value: '203.0.113.66', owner: 'other.test' },
  ];
  t.deepEqual(summary(read(records)), ['192.0.2.1', ['b.test', 'c.test']]);
  t.deepEqual(summary(read([{ type: 'A', value: '192.0.2.1' }])), ['192.0.2.1', []]);
  t.deepEqual(summary(read([{ type: 'A', value: '203.0.113.66', owner: 'other.test' }])), 'EBADRESP');
  t.deepEqual(summary(read(records.slice(1, 3))), 'no_data');
  t.deepEqual(summary(read([{ type: 'AAAA', value: '2001:db8::1' }])), 'no_data');
});

test('aliases that lead in a circle, or are more than eight, end the look-up', (t) => {
  const circle: readonly DnsRecord[] = [
    { type: 'CNAME', value: 'b.test', owner: 'a.test' },
    { type: 'CNAME', value: 'a.test', owner: 'b.test' },
  ];
  t.is(summary(read(circle)), 'too_many_aliases');
});

test('an alias that is not a host name makes the aliases not visible, and the address counts', (t) => {
  const records: readonly DnsRecord[] = [
    { type: 'CNAME', value: 'b\u001b[31m.test', owner: 'a.test' },
    { type: 'A', value: '192.0.2.1', owner: 'b\u001b[31m.test' },
  ];
  t.deepEqual(summary(read(records)), ['192.0.2.1', 'not_visible']);
});

test('a reply is kept for the shortest time to live on the way to the address', (t) => {
  const ttls = (first: number, second: number): unknown => {
    const reply = read([
      { type: 'CNAME', value: 'b.test', owner: 'a.test', ttl: first },
      { type: 'A', value: '192.0.2.1', owner: 'b.test', ttl: second },
    ]);
    return reply.kind === 'addresses' ? reply.records.map(({ ttl }) => ttl) : reply;
  };
  t.deepEqual(ttls(5, 60), [5]);
  t.deepEqual(ttls(60, 7), [7]);
  t.deepEqual(ttls(60, 0x8000_0000), [0]);
});

test('every address of both families is read as it was written', (t) => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
      const reply = read([{ type: 'A', value: four }]);
      t.deepEqual(summary(reply), [four, []]);
      const read6 = read(
        [{ type: 'AAAA', value: new URL(`http://[${six}]/`).hostname.slice(1, -1) }],
        ask('a.test', 'AAAA'),
      );
      t.deepEqual(summary(read6), [new URL(`http://[${six}]/`).hostname.slice(1, -1), []]);
    }),
  );
});

test('no bytes make the reader throw, and only a reply with this id and question is one', (t) => {
  const question = QUERY.subarray(12, QUERY.length - 11);
  const head = (count: number): Buffer => Buffer.from([0, 7, 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(5), (bytes, count) => {
      t.is(readReply(QUESTION, QUERY, Buffer.from(bytes)).kind === 'addresses', false);
      const reply = readReply(QUESTION, QUERY, Buffer.concat([head(count), question, Buffer.from(bytes)]));
      t.not(reply.kind, 'not_ours');
    }),
  );
  const whole = answerTo(readQuestion(QUERY), { code: 0, records: [{ type: 'A', value: '192.0.2.1' }] });
  for (let length = 0; length < whole.length; length++) {
    const { kind } = readReply(QUESTION, QUERY, whole.subarray(0, length));
    t.true(kind === 'not_ours' || kind === 'rejected', `${length} bytes`);
  }
});

test('a server that only refers to others has no result', (t) => {
  const message = answerTo(readQuestion(QUERY), { code: 0, records: [] });
  message.writeUInt16BE(0x8100, 2);
  t.is(summary(readReply(QUESTION, QUERY, message)), 'EREFERRAL');
  message.writeUInt16BE(0x8500, 2);
  t.is(summary(readReply(QUESTION, QUERY, message)), 'no_data', 'an authority knows');
});

test('of a message with thousands of records the first are read', (t) => {
  const records = Array.from({ length: 4_000 }, (_, i): DnsRecord => ({
    type: 'A',
    value: `192.0.${i >> 8}.${i & 255}`,
  }));
  const reply = read(records);
  t.is(reply.kind === 'addresses' ? reply.records.length : 0, 256);
});
