import test from 'ava';
import { PacketFlow } from '../../../lib/proxy/inspect/ssh-packets.js';
import { ed25519 } from '../../protocol/ssh/keys.js';
import { kexinit, packet, reply, string, uint32, type Offer } from '../../protocol/ssh/wire.js';

const OFFER: Offer = { keyExchange: 'curve25519-sha256', hostKeyAlgorithms: 'ssh-ed25519' };
const GROUPS: Offer = { ...OFFER, keyExchange: 'diffie-hellman-group-exchange-sha256' };
const KEY = ed25519();

function sent(payload: Buffer, more = 0): { value: Buffer; length: number } {
  return { value: payload, length: packet(payload, more).length };
}

function message(number: number, content: Buffer = string('')): { value: Buffer; length: number } {
  return sent(Buffer.concat([Buffer.of(number), content]));
}

/** A flow in which both ends have made these offers. */
function agreed(client: Offer = OFFER, server: Offer = client): PacketFlow {
  const flow = new PacketFlow();
  flow.fromClient(sent(kexinit(client)));
  flow.fromServer(sent(kexinit(server)));
  return flow;
}

test('a key exchange passes in both directions up to the reply, which shows the host key as a claim', (t) => {
  const flow = new PacketFlow();
  t.is(flow.keyExchange, 'not_reached');
  t.is(flow.fromServer(sent(kexinit(OFFER))).kind, 'pass');
  t.is(flow.fromClient(sent(kexinit(OFFER))).kind, 'pass');
  t.is(flow.keyExchange, 'curve25519-sha256');
  t.is(flow.fromClient(message(30)).kind, 'pass');
  t.like(flow.fromServer(sent(reply(KEY.blob))), {
    kind: 'shown',
    server: { kind: 'claimed', identity: { type: 'ssh-ed25519' } },
    negotiated: { hostKeyAlgorithm: 'ssh-ed25519' },
  });
});

test('in group exchange the group passes, and the message after it shows the key', (t) => {
  const flow = agreed(GROUPS);
  t.is(flow.fromClient(message(34, Buffer.concat([uint32(2048), uint32(3072), uint32(8192)]))).kind, 'pass');
  t.is(flow.fromServer(message(31, string('p', 'g'))).kind, 'pass');
  t.is(flow.fromClient(message(32)).kind, 'pass');
  t.is(flow.fromServer(sent(reply(KEY.blob, 33))).kind, 'shown');
});

test('of a method that is not known its first message is taken for the one with the key', (t) => {
  const flow = agreed({ ...OFFER, keyExchange: 'rsa2048-sha256' });
  t.like(flow.fromServer(message(30)), {
    kind: 'shown',
    server: { kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' },
  });
});

test('ignore, debug and unimplemented pass at any time, and so does the end', (t) => {
  const [before, after] = [new PacketFlow(), agreed()];
  for (const flow of [before, after]) {
    for (const number of [1, 2, 3, 4]) {
      t.is(flow.fromClient(message(number)).kind, 'pass');
      t.is(flow.fromServer(message(number)).kind, 'pass');
    }
  }
});

test('nothing that belongs behind the key passes before it, from neither end', (t) => {
  for (const number of [5, 6, 7, 21, 50, 52, 80, 90, 94, 192]) {
    const detail = `message ${number} before the host key`;
    t.like(agreed().fromClient(message(number)), { kind: 'malformed', detail: `the client sent ${detail}` });
    t.like(agreed().fromServer(message(number)), { kind: 'malformed', detail: `the server sent ${detail}` });
  }
});

test('a reply before both ends have offered, and one of another method, pass nothing', (t) => {
  const flow = new PacketFlow();
  flow.fromServer(sent(kexinit(OFFER)));
  t.is(flow.fromServer(sent(reply(KEY.blob))).kind, 'malformed');
  t.is(agreed().fromServer(sent(reply(KEY.blob, 33))).kind, 'malformed');
  t.is(agreed(GROUPS).fromServer(sent(reply(KEY.blob, 30))).kind, 'malformed');
});

test('who offers twice is refused: the second offer would agree on something else', (t) => {
  const twice = 'began the key exchange twice';
  const alone = new PacketFlow();
  alone.fromClient(sent(kexinit(OFFER)));
  t.like(alone.fromClient(sent(kexinit(OFFER))), { kind: 'malformed', detail: `the client ${twice}` });
  const server = new PacketFlow();
  server.fromServer(sent(kexinit(OFFER)));
  t.like(server.fromServer(sent(kexinit(OFFER))), { kind: 'malformed', detail: `the server ${twice}` });
  t.is(agreed().fromServer(sent(kexinit(OFFER))).kind, 'malformed');
});

test('a server that sends on a guess is refused, also where its first name is only a marker', (t) => {
  for (const keyExchange of ['curve25519-sha256', 'ext-info-s,curve25519-sha256']) {
    const flow = new PacketFlow();
    flow.fromClient(sent(kexinit(OFFER)));
    t.like(flow.fromServer(sent(kexinit({ ...OFFER, keyExchange, follows: true }))), { kind: 'malformed' });
  }
});

test('a client may guess, rightly and wrongly', (t) => {
  for (const keyExchange of ['curve25519-sha256', 'ecdh-sha2-nistp256,curve25519-sha256']) {
    const flow = new PacketFlow();
    flow.fromClient(sent(kexinit({ ...OFFER, keyExchange, follows: true })));
    t.is(flow.fromClient(message(30)).kind, 'pass');
    t.is(flow.fromServer(sent(kexinit(OFFER))).kind, 'pass');
    t.is(flow.fromClient(message(30)).kind, 'pass');
    t.is(flow.fromServer(sent(reply(KEY.blob))).kind, 'shown');
  }
});

test('two ends with nothing in common may say so to each other, and show no key', (t) => {
  const flow = agreed(OFFER, { ...OFFER, keyExchange: 'ecdh-sha2-nistp256' });
  t.is(flow.keyExchange, 'not_reached');
  t.is(flow.fromServer(message(1)).kind, 'pass');
  t.is(flow.fromServer(sent(reply(KEY.blob))).kind, 'malformed');
});

test('before the key the client may send 32 KiB and the server 64 KiB, padding included, each in 32 packets', (t) => {
  const [short, padded] = [sent(Buffer.of(2)), sent(Buffer.of(2), 30)];
  t.true(padded.length > 15 * short.length);
  /** How many packets of one end pass behind the offers, which are one packet of each. */
  const activeTraffic = (from: 'fromClient' | 'fromServer', packet: typeof short): number => {
    const flow = agreed();
    for (let passed = 0; passed < 1_000; passed++) if (flow[from](packet).kind === 'malformed') return passed;
    return Infinity;
  };
  t.is(activeTraffic('fromClient', short), 31);
  t.is(activeTraffic('fromServer', short), 31);
  const large = (bytes: number) => ({ value: Buffer.of(2), length: bytes });
  t.is(activeTraffic('fromClient', large(8_000)), 4);
  t.is(activeTraffic('fromServer', large(8_000)), 8);
});

test('a host key of another type than the agreed one, and a reply that is cut, do not count as a host key', (t) => {
  const other = ed25519();
  const renamed = Buffer.concat([string('ssh-rsa'), other.fields]);
  t.is(agreed().fromServer(sent(reply(renamed))).kind, 'malformed');
  t.is(agreed().fromServer(sent(reply(KEY.blob).subarray(0, -1))).kind, 'malformed');
});
