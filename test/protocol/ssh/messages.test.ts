import test from 'ava';
import {
  disconnect,
  DISCONNECT_REASONS,
  isBeforeKeys,
  OUR_IDENTIFICATION,
  readIdentification,
  readPacket,
  type Negotiated,
} from '../../../lib/protocol/ssh/index.js';
import { string, uint32 } from './wire.js';

const AGREED: Negotiated = {
  keyExchange: 'curve25519-sha256',
  hostKeyAlgorithm: 'ssh-ed25519',
  reply: 31,
};
const GROUP_EXCHANGE: Negotiated = { ...AGREED, keyExchange: 'diffie-hellman-group-exchange-sha256', reply: 33 };

function passing(from: 'client' | 'server', negotiated: Negotiated | 'not_reached'): number[] {
  return Array.from({ length: 256 }, (_, number) => number).filter((number) => isBeforeKeys(number, from, negotiated));
}

test('before the host key only key exchange passes, and what has no meaning for users', (t) => {
  t.deepEqual(passing('client', 'not_reached'), [1, 2, 3, 4, 20, 30, 32, 34]);
  t.deepEqual(passing('server', 'not_reached'), [1, 2, 3, 4, 20]);
});

test('once both offers are known none may follow, and a server may send its group only where one is expected', (t) => {
  t.deepEqual(passing('client', AGREED), [1, 2, 3, 4, 30, 32, 34]);
  t.deepEqual(passing('server', AGREED), [1, 2, 3, 4]);
  t.deepEqual(passing('server', GROUP_EXCHANGE), [1, 2, 3, 4, 31]);
  t.deepEqual(passing('server', { ...AGREED, keyExchange: 'gss', reply: 'unknown' }), [1, 2, 3, 4]);
});

test('a disconnect message is one whole packet with its reason and text', (t) => {
  const reading = readPacket(disconnect(DISCONNECT_REASONS.hostKeyNotVerifiable, 'not this key'));
  const payload = Buffer.concat([Buffer.of(1), uint32(9), string('not this key', '')]);
  t.deepEqual(reading, { kind: 'whole', value: payload, length: 40 });
});

test('the text of a disconnect message is cut and printable', (t) => {
  const reading = readPacket(disconnect(2, `two\r\nlines, é${'x'.repeat(5000)}`));
  const payload = reading.kind === 'whole' ? reading.value : Buffer.alloc(0);
  t.is(payload.readUInt32BE(5), 1024);
  t.regex(payload.toString('latin1', 9, 9 + 1024), /^two\?\?lines, \?x+$/);
});

test('our identification is one', (t) => {
  t.like(readIdentification(OUR_IDENTIFICATION, 'server'), {
    kind: 'whole',
    value: { softwareVersion: 'tidegate' },
    length: OUR_IDENTIFICATION.length,
  });
});
