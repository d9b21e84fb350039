import test from 'ava';
import { Flight, type FlightStep } from '../../../lib/protocol/tls/index.js';
import { message, record } from './bytes.js';

/** All steps of a flight, up to one that comes again. */
function steps(bytes: Buffer, atMost = 65_536): FlightStep[] {
  const flight = new Flight(bytes, atMost);
  const all: FlightStep[] = [];
  for (let step = flight.next(); ; step = flight.next()) {
    all.push(step);
    if (step.kind === 'partial' || step.kind === 'malformed') return all;
  }
}

function kinds(bytes: Buffer): string {
  return steps(bytes)
    .map((step) => (step.kind === 'message' ? `message ${step.type}` : step.kind))
    .join(', ');
}

test('messages come whole, however many lie in a record or however many records hold one', (t) => {
  const [a, b, c] = [message(1, Buffer.alloc(9)), message(2, Buffer.alloc(0)), message(3, Buffer.alloc(40_000, 5))];
  const all = Buffer.concat([a, b, c]);
  const many = [all.subarray(0, 16_384), all.subarray(16_384, 32_768), all.subarray(32_768)].map((part) =>
    record(part),
  );
  const [first, second, third, end] = steps(Buffer.concat(many));
  t.deepEqual(first, { kind: 'message', type: 1, message: a });
  t.deepEqual(second, { kind: 'message', type: 2, message: b });
  t.deepEqual(third, { kind: 'message', type: 3, message: c });
  t.deepEqual(end, { kind: 'partial', need: all.length + 15 + 6 });
});

test('what a message lacks is asked for with the headers of the records that it must come in', (t) => {
  const need = (bytes: Buffer): unknown => steps(bytes).at(-1);
  const long = message(3, Buffer.alloc(40_000));
  t.deepEqual(need(Buffer.alloc(0)), { kind: 'partial', need: 6 });
  t.deepEqual(need(record(long.subarray(0, 3))), { kind: 'partial', need: 8 + 5 + 1 });
  t.deepEqual(need(record(long.subarray(0, 4))), { kind: 'partial', need: 9 + 40_000 + 15 });
  const begun = Buffer.concat([record(long.subarray(0, 4)), record(long.subarray(4, 104)).subarray(0, 5)]);
  t.deepEqual(need(begun), { kind: 'partial', need: 9 + 5 + 100 + 39_900 + 15 });
});

test('an alert that ends, and the change to encryption, are separate steps', (t) => {
  const change = record(Buffer.from([1]), 20);
  t.is(kinds(Buffer.concat([record(message(4, Buffer.alloc(3))), change])), 'message 4, change_cipher_spec, partial');
  const flight = new Flight(record(Buffer.from([2, 40]), 21), 100);
  t.deepEqual(flight.next(), { kind: 'alert', description: 'handshake_failure' });
  t.deepEqual(flight.next(), { kind: 'alert', description: 'handshake_failure' }, 'asked again, it comes again');
  t.is(flight.length, 7, 'its record counts, once');
});

test('records that TLS does not have, or not there, are malformed', (t) => {
  const bad: Readonly<Record<string, Buffer>> = {
    'a type of its own': record(Buffer.alloc(4), 24),
    'application data': record(Buffer.alloc(4), 23),
    'a change that is not 1': record(Buffer.from([2]), 20),
    'a change of two bytes': record(Buffer.from([1, 1]), 20),
    'an alert of one byte': record(Buffer.from([2]), 21),
    'an empty record': record(Buffer.alloc(0)),
    'SSL 2.0': Buffer.from([22, 2, 0, 0, 4]),
  };
  for (const [name, bytes] of Object.entries(bad)) t.is(kinds(bytes), 'malformed', name);
  t.like(steps(record(Buffer.from([2]), 21)).at(-1), { detail: 'an alert record does not hold one alert' });
  t.like(steps(record(Buffer.from([1, 1]), 20)).at(-1), {
    detail: 'a change_cipher_spec record does not hold its one byte',
  });
});

test('no more is read than the most that was said, and a message that is longer is refused at once', (t) => {
  const bytes = record(message(1, Buffer.alloc(91)));
  t.is(steps(bytes, 100)[0]?.kind, 'message');
  t.is(steps(bytes, 99)[0]?.kind, 'malformed');
  t.is(steps(bytes.subarray(0, 9), 99)[0]?.kind, 'malformed');
});
