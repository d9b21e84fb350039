import test from 'ava';
import { signatureHolds } from '../../../lib/protocol/ssh/public-key.js';
import { ecdsa, ed25519, rsa, securityKey, type TestKey } from './keys.js';
import { mpint, string } from './wire.js';

const KEYS: Readonly<Record<string, () => TestKey>> = {
  'ssh-ed25519': ed25519,
  'rsa-sha2-256': () => rsa('rsa-sha2-256'),
  'rsa-sha2-512': () => rsa('rsa-sha2-512', 3072),
  'ecdsa-sha2-nistp256': () => ecdsa('nistp256'),
  'ecdsa-sha2-nistp384': () => ecdsa('nistp384'),
  'ecdsa-sha2-nistp521': () => ecdsa('nistp521'),
  'sk-ssh-ed25519@openssh.com': () => securityKey('ed25519'),
  'sk-ecdsa-sha2-nistp256@openssh.com': () => securityKey('nistp256'),
};

const MESSAGE = Buffer.from('what is signed');

for (const [algorithm, make] of Object.entries(KEYS)) {
  test(`${algorithm}: a signature holds for its key and message only`, (t) => {
    const [key, other] = [make(), make()];
    const signature = key.sign(MESSAGE);
    t.true(signatureHolds(key.blob, MESSAGE, signature));
    t.false(signatureHolds(key.blob, Buffer.from('something else'), signature));
    t.false(signatureHolds(other.blob, MESSAGE, signature));
  });

  test(`${algorithm}: a signature or key that is cut, longer or changed in any byte does not hold`, (t) => {
    const key = make();
    const signature = key.sign(MESSAGE);
    for (let at = 0; at < signature.length; at++) {
      t.false(signatureHolds(key.blob, MESSAGE, signature.subarray(0, at)), `cut at ${at}`);
      t.false(signatureHolds(key.blob, MESSAGE, changed(signature, at)), `changed at ${at}`);
    }
    for (let at = 0; at < key.blob.length; at++) {
      t.false(signatureHolds(key.blob.subarray(0, at), MESSAGE, signature), `key cut at ${at}`);
      t.false(signatureHolds(changed(key.blob, at), MESSAGE, signature), `key changed at ${at}`);
    }
    t.false(signatureHolds(key.blob, MESSAGE, Buffer.concat([signature, Buffer.of(0)])));
    t.false(signatureHolds(Buffer.concat([key.blob, Buffer.of(0)]), MESSAGE, signature));
  });
}

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('many signatures hold, also those whose numbers are short', (t) => {
  for (const curve of ['nistp256', 'nistp521'] as const) {
    const key = ecdsa(curve);
    for (let n = 0; n < 300; n++) {
      const message = Buffer.from(`message ${n}`);
      t.true(signatureHolds(key.blob, message, key.sign(message)));
    }
  }
});

test('SHA-1 never holds, and no algorithm does for keys of another type', (t) => {
  const key = rsa('ssh-rsa');
  t.false(signatureHolds(key.blob, MESSAGE, key.sign(MESSAGE)));
  const [curve, edwards] = [ecdsa('nistp256'), ed25519()];
  t.false(signatureHolds(curve.blob, MESSAGE, edwards.sign(MESSAGE)));
  t.false(signatureHolds(edwards.blob, MESSAGE, curve.sign(MESSAGE)));
});

test('keys that OpenSSL does not take hold for nothing', (t) => {
  const signature = (algorithm: string, value: Buffer): Buffer => string(algorithm, value);
  const offCurve = string('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]));
  const one = Buffer.concat([mpint(Buffer.of(1)), mpint(Buffer.of(1))]);
  t.false(signatureHolds(offCurve, MESSAGE, signature('ecdsa-sha2-nistp256', one)));
  for (const modulus of [Buffer.alloc(0), Buffer.of(1), Buffer.alloc(30_000, 0xff)]) {
    const key = Buffer.concat([string('ssh-rsa'), mpint(Buffer.of(3)), string(modulus)]);
    t.false(signatureHolds(key, MESSAGE, signature('rsa-sha2-256', Buffer.alloc(modulus.length, 1))));
  }
  t.false(signatureHolds(string('ssh-ed25519', ''), MESSAGE, signature('ssh-ed25519', Buffer.alloc(64))));
});
