import test from 'ava';
import { generateKey, originOf, parseVerifierKey, toSigningKey } from '../../../lib/journal/proof/keys.js';
import { NOTE, pemOf } from './vectors.js';

test('the published private key has the published public side', (t) => {
  const key = toSigningKey(pemOf(NOTE.seed), NOTE.name);
  t.like(key, { name: 'PeterNeumann', id: 'c74f20a3', text: NOTE.vkey });
});

test('a public key is read only as it is written', (t) => {
  const key = parseVerifierKey(NOTE.vkey);
  t.like(key, { name: 'PeterNeumann', id: 'c74f20a3', text: NOTE.vkey });
  for (let from = 0; from < NOTE.vkey.length; from += 1) {
    for (let to = from + 1; to <= NOTE.vkey.length; to += 1) {
      if (to - from < NOTE.vkey.length) t.is(parseVerifierKey(NOTE.vkey.slice(from, to)), 'malformed');
    }
    const next = String.fromCharCode(NOTE.vkey.charCodeAt(from) + 1);
    t.is(parseVerifierKey(NOTE.vkey.slice(0, from) + next + NOTE.vkey.slice(from + 1)), 'malformed');
  }
  const others = [
    'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==', // too long, with its right id
    'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', // another algorithm, with its right id
    `${NOTE.vkey}\n`,
    ` ${NOTE.vkey}`,
    NOTE.vkey.replace('+c74f20a3', '+C74F20A3'),
  ];
  for (const text of others) t.is(parseVerifierKey(text), 'malformed');
});

test('a new key gives itself a name, and is read back as itself', (t) => {
  const key = toSigningKey(generateKey(), 'own');
  if ('kind' in key) return t.fail(key.detail);
  t.regex(key.name, /^tidegate\/[0-9a-f]{16}$/);
  t.is(key.name, originOf(key.publicKey));
  const read = parseVerifierKey(key.text);
  t.true(read !== 'malformed' && read.publicKey.equals(key.publicKey));
});

test('what is not an Ed25519 private key, and what cannot name one, is said', (t) => {
  const pem = generateKey();
  for (const text of ['', 'key', pem.slice(10), pem.replace('PRIVATE', 'PUBLIC'), pem.slice(0, 60)]) {
    t.like(toSigningKey(text, 'own'), { kind: 'malformed' });
  }
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u0085b', 'a\u200bb', 'a\u2003b']) {
    t.like(toSigningKey(pem, name), { kind: 'malformed' });
  }
});
