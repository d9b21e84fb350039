import test from 'ava';
import fc from 'fast-check';
import { readIdentification, readPacket } from '../../../lib/protocol/ssh/index.js';
import { writePacket } from '../../../lib/protocol/ssh/packet.js';
import { HANDSHAKES } from './handshakes.js';
import { packet, uint32 } from './wire.js';

test('a packet is read to its last byte and no further, whatever its padding', (t) => {
  for (const length of [1, 2, 3, 6, 7, 8, 9, 100, 1000, 32_768]) {
    for (const more of [0, 1, 27]) {
      const payload = Buffer.alloc(length, 20);
      const bytes = packet(payload, more);
      const padded = bytes.length < 16 ? packet(payload, more + 1) : bytes;
      const reading = readPacket(Buffer.concat([padded, packet(Buffer.of(21))]));
      t.deepEqual(reading, { kind: 'whole', value: payload, length: padded.length });
    }
  }
});

test('a payload is a view of the bytes handed in, not a copy', (t) => {
  const bytes = packet(Buffer.alloc(40, 20));
  const reading = readPacket(bytes);
  t.is(reading.kind === 'whole' ? reading.value.buffer : undefined, bytes.buffer);
});

test('a packet asks for as many bytes as it needs, and is partial until they are there', (t) => {
  const bytes = packet(Buffer.alloc(100, 20));
  for (let length = 0; length < bytes.length; length++) {
    t.deepEqual(readPacket(bytes.subarray(0, length)), { kind: 'partial', need: length < 4 ? 16 : bytes.length });
  }
});

test('a length that cannot be is refused with its fourth byte', (t) => {
  for (const length of [0, 1, 4, 5, 11, 13, 19, 34_997, 35_004, 262_144, 0x7fffffff, 0x80000000, 0xffffffff]) {
    t.is(readPacket(uint32(length)).kind, 'malformed', String(length));
  }
  for (const length of [12, 20, 34_988]) t.deepEqual(readPacket(uint32(length)), { kind: 'partial', need: length + 4 });
});

test('padding of less than 4 bytes, or that leaves no message, is refused with its byte', (t) => {
  for (const padding of [0, 3, 11, 12, 255]) {
    t.is(readPacket(Buffer.concat([uint32(12), Buffer.of(padding)])).kind, 'malformed', String(padding));
  }
  for (const padding of [4, 10]) {
    t.is(readPacket(Buffer.concat([uint32(12), Buffer.of(padding)])).kind, 'partial', String(padding));
  }
});

test('what is written is read as it was', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (payload) => {
      const bytes = writePacket(Buffer.from(payload));
      t.deepEqual(readPacket(bytes), { kind: 'whole', value: Buffer.from(payload), length: bytes.length });
      t.is(bytes.length % 8, 0);
    }),
  );
});

test('recorded handshakes are whole packets from the identification on', (t) => {
  for (const { name, client, server } of HANDSHAKES) {
    for (const [bytes, from] of [[client, 'client'] as const, [server, 'server'] as const]) {
      const identification = readIdentification(bytes, from);
      let at = identification.kind === 'whole' ? identification.length : NaN;
      while (at < bytes.length) {
        const reading = readPacket(bytes.subarray(at));
        if (reading.kind !== 'whole') return t.fail(name);
        at += reading.length;
      }
      t.is(at, bytes.length, name);
    }
  }
});
