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

/** The methods that two offers agree on. */
function agree(client: Offer, server: Offer): Negotiated | string {
  return negotiate(read(client), read(server, 'server'));
}

test('an offer gives its methods and algorithms in order', (t) => {
  t.deepEqual(read({ keyExchange: 'x,y@example.com', hostKeyAlgorithms: 'z', follows: true }), {
    keyExchange: ['x', 'y@example.com'],
    hostKeyAlgorithms: ['z'],
  });
  t.deepEqual(read({ keyExchange: '', hostKeyAlgorithms: '' }), {
    keyExchange: [],
    hostKeyAlgorithms: [],
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
  t.is(agree({ keyExchange: 'a' }, { keyExchange: 'b' }), 'nothing_in_common');
  t.is(agree({ hostKeyAlgorithms: '' }, {}), 'nothing_in_common');
});

test('markers among the methods are never agreed on', (t) => {
  const strict = 'kex-strict-c-v00@openssh.com,kex-strict-s-v00@openssh.com';
  const all = `ext-info-c,ext-info-s,kexguess2@matt.ucc.asn.au,${strict}`;
  t.is(agree({ keyExchange: all }, { keyExchange: all }), 'nothing_in_common');
  t.like(agree({ keyExchange: `${all},a` }, { keyExchange: `${all},a` }), { keyExchange: 'a' });
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

test('a server that sends a packet on a guess is refused: clients differ in what they make of it', (t) => {
  const detail = 'the server sends a packet of key exchange on a guess, which not all clients read';
  // Of the last OpenSSH and ssh2 skip the next packet although the favourites are the same: they compare the first names.
  for (const keyExchange of ['b,a', 'a,b', 'ext-info-s,a,b']) {
    const offer = kexinit({ keyExchange, hostKeyAlgorithms: 'x', follows: true });
    t.deepEqual(readKeyExchangeInit(offer, 'server'), { kind: 'malformed', detail });
    t.like(readKeyExchangeInit(offer, 'client'), { keyExchange: keyExchange.split(',') });
  }
});

test('recorded ends agree on what they did agree on', (t) => {
  for (const { name, expected, client, server } of HANDSHAKES) {
    const { negotiated } = follow(client, server);
    t.is(negotiated.keyExchange, expected.keyExchange, name);
    t.is(negotiated.hostKeyAlgorithm, expected.hostKeyAlgorithm, name);
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
