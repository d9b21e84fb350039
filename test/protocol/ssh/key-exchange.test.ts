import test from 'ava';
import fc from 'fast-check';
import { negotiate, readKeyExchangeInit, type Negotiated } from '../../../lib/protocol/ssh/index.js';
import { follow } from './follow.js';
import { HANDSHAKES } from './handshakes.js';
import { kexinit, type Offer } from './wire.js';

function read(
  offer: Offer,
  from: 'client' | 'server' = 'client',
): Exclude<ReturnType<typeof readKeyExchangeInit>, { kind: 'malformed' }> {
  const init = readKeyExchangeInit(kexinit(offer), from);
  if ('kind' in init) throw new Error(init.detail);
  return init;
}

/** What two offers come to, or what is wrong with them. */
function agree(client: Offer, server: Offer): Negotiated | string {
  const negotiated = negotiate(read(client), read(server, 'server'));
  return 'kind' in negotiated ? negotiated.detail : negotiated;
}

test('an offer gives its methods and algorithms in order, and whether a packet follows', (t) => {
  t.deepEqual(read({ keyExchange: 'x,y@example.com', hostKeyAlgorithms: 'z', follows: true }), {
    keyExchange: ['x', 'y@example.com'],
    hostKeyAlgorithms: ['z'],
    firstPacketFollows: true,
  });
  t.deepEqual(read({ keyExchange: '', hostKeyAlgorithms: '' }), {
    keyExchange: [],
    hostKeyAlgorithms: [],
    firstPacketFollows: false,
  });
});

test('an offer that is cut short anywhere, goes on, or is another message is refused', (t) => {
  const payload = kexinit({ keyExchange: 'x,y', hostKeyAlgorithms: 'z' });
  for (let length = 0; length < payload.length; length++) {
    t.like(readKeyExchangeInit(payload.subarray(0, length), 'client'), { kind: 'malformed' });
  }
  t.like(readKeyExchangeInit(Buffer.concat([payload, Buffer.of(0)]), 'client'), { kind: 'malformed' });
  t.like(readKeyExchangeInit(Buffer.concat([Buffer.of(21), payload.subarray(1)]), 'client'), { kind: 'malformed' });
});

test('names that are empty, too long or not visible ASCII are refused in any list', (t) => {
  for (const names of [',', 'a,', ',a', 'a,,b', 'a b', 'a\0', 'é', 'x'.repeat(65), 'a\n']) {
    t.like(readKeyExchangeInit(kexinit({ keyExchange: names }), 'client'), { kind: 'malformed' }, names);
    t.like(readKeyExchangeInit(kexinit({ hostKeyAlgorithms: names }), 'client'), { kind: 'malformed' }, names);
  }
  t.notThrows(() => read({ keyExchange: 'x'.repeat(64) }));
});

test("the client's first that the server has too is agreed on", (t) => {
  t.like(agree({ keyExchange: 'a,b,c', hostKeyAlgorithms: 'x,y' }, { keyExchange: 'c,b', hostKeyAlgorithms: 'y,z' }), {
    keyExchange: 'b',
    hostKeyAlgorithm: 'y',
  });
});

test('two ends without a method or an algorithm in common disagree', (t) => {
  t.is(agree({ keyExchange: 'a' }, { keyExchange: 'b' }), 'the two ends have no key exchange method in common');
  t.is(agree({ hostKeyAlgorithms: '' }, {}), 'the two ends have no host key algorithm in common');
});

test('markers among the methods are never agreed on, and announce strict key exchange', (t) => {
  const [strictClient, strictServer] = ['kex-strict-c-v00@openssh.com', 'kex-strict-s-v00@openssh.com'];
  const all = `ext-info-c,ext-info-s,kexguess2@matt.ucc.asn.au,${strictClient},${strictServer}`;
  t.is(agree({ keyExchange: all }, { keyExchange: all }), 'the two ends have no key exchange method in common');
  t.like(agree({ keyExchange: `a,${strictClient}` }, { keyExchange: `a,${strictServer}` }), { strict: true });
  t.like(agree({ keyExchange: `a,${strictClient}` }, { keyExchange: 'a' }), { strict: false });
  t.like(agree({ keyExchange: `a,${strictServer}` }, { keyExchange: `a,${strictServer}` }), { strict: false });
});

test('each known method has the number of its reply, and no other has one', (t) => {
  const numbers = {
    'curve25519-sha256': 31,
    'curve25519-sha256@libssh.org': 31,
    'curve448-sha512': 31,
    'ecdh-sha2-nistp256': 31,
    'ecdh-sha2-nistp384': 31,
    'ecdh-sha2-nistp521': 31,
    'diffie-hellman-group1-sha1': 31,
    'diffie-hellman-group14-sha1': 31,
    'diffie-hellman-group14-sha256': 31,
    'diffie-hellman-group15-sha512': 31,
    'diffie-hellman-group16-sha512': 31,
    'diffie-hellman-group17-sha512': 31,
    'diffie-hellman-group18-sha512': 31,
    'diffie-hellman-group-exchange-sha1': 33,
    'diffie-hellman-group-exchange-sha256': 33,
    'sntrup761x25519-sha512': 31,
    'sntrup761x25519-sha512@openssh.com': 31,
    'mlkem768x25519-sha256': 31,
    'mlkem768nistp256-sha256': 31,
    'mlkem1024nistp384-sha384': 31,
    'rsa2048-sha256': 'unknown',
    'gss-group14-sha256-toWM5Slw5Ew8Mqkay+al2g==': 'unknown',
    constructor: 'unknown',
  } as const;
  for (const [method, reply] of Object.entries(numbers)) {
    t.like(agree({ keyExchange: method }, { keyExchange: method }), { keyExchange: method, reply });
  }
});

const OURS = { keyExchange: 'a,b', hostKeyAlgorithms: 'x,y' };

test("a client's first packet is skipped if the favourites of the two ends differ (RFC 4253 §7.1)", (t) => {
  const skips = (server: Offer, follows = true) => agree({ ...OURS, follows }, server);
  t.like(skips({ keyExchange: 'a', hostKeyAlgorithms: 'x' }), { skipsClientPacket: false });
  t.like(skips({ keyExchange: 'b,a', hostKeyAlgorithms: 'x' }), { keyExchange: 'a', skipsClientPacket: true });
  t.like(skips({ keyExchange: 'a', hostKeyAlgorithms: 'y,x' }), { hostKeyAlgorithm: 'x', skipsClientPacket: true });
  t.like(skips({ keyExchange: 'b', hostKeyAlgorithms: 'y' }, false), { skipsClientPacket: false });
});

test("between two Dropbears it is skipped only if the client's favourites are not agreed on", (t) => {
  const easy = 'kexguess2@matt.ucc.asn.au';
  const client = { keyExchange: `a,b,${easy}`, hostKeyAlgorithms: 'x,y', follows: true };
  const server = (keyExchange: string, hostKeyAlgorithms: string) => ({ keyExchange, hostKeyAlgorithms });
  t.like(agree(client, server(`b,a,${easy}`, 'y,x')), { skipsClientPacket: false });
  t.like(agree(client, server('b,a', 'y,x')), { skipsClientPacket: true });
  t.like(agree(client, server(`b,${easy}`, 'x')), { skipsClientPacket: true });
  t.like(agree(client, server(`a,${easy}`, 'y')), { skipsClientPacket: true });
});

test('a server that sends a packet on a guess is refused: clients differ in what they make of it', (t) => {
  const detail = 'the server sends a packet of key exchange on a guess, which not all clients read';
  // Of the last OpenSSH and ssh2 skip the next packet although the favourites are the same: they compare the first names.
  for (const keyExchange of ['b,a', 'a,b', 'ext-info-s,a,b']) {
    const offer = kexinit({ keyExchange, hostKeyAlgorithms: 'x', follows: true });
    t.deepEqual(readKeyExchangeInit(offer, 'server'), { kind: 'malformed', detail });
    t.like(readKeyExchangeInit(offer, 'client'), { firstPacketFollows: true });
  }
});

test('recorded ends agree on what they did agree on', (t) => {
  for (const { name, expected, client, server } of HANDSHAKES) {
    const { negotiated } = follow(client, server);
    t.is(negotiated.keyExchange, expected.keyExchange, name);
    t.is(negotiated.hostKeyAlgorithm, expected.hostKeyAlgorithm, name);
    t.is(negotiated.skipsClientPacket, expected.skipsClientPacket ?? false, name);
  }
});

test('whatever two ends offer, what is agreed is in both lists and nothing better is', (t) => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
  fc.assert(
    fc.property(names, names, (client, server) => {
      const agreed = agree({ keyExchange: client.join(',') }, { keyExchange: server.join(',') });
      const shared = client.filter((name) => server.includes(name));
      if (typeof agreed === 'string') t.deepEqual(shared, []);
      else t.deepEqual([agreed.keyExchange], shared.slice(0, 1));
    }),
  );
});
