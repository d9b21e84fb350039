import test from 'ava';
import { readHostKeyReply, type Negotiated } from '../../../lib/protocol/ssh/index.js';
import { fingerprintsOf } from '../../../lib/protocol/ssh/fingerprint.js';
import { follow } from './follow.js';
import { HANDSHAKES } from './handshakes.js';
import { certificateType, certify, ecdsa, ed25519, rsa, securityKey } from './keys.js';
import { reply, string } from './wire.js';

function agreed(hostKeyAlgorithm: string, number: 31 | 33 | 'unknown' = 31): Negotiated {
  return { keyExchange: 'any', hostKeyAlgorithm, reply: number };
}

for (const { name, expected, client, server } of HANDSHAKES) {
  test(`recorded: ${name}: the host key is the one that ssh-keygen shows`, (t) => {
    t.deepEqual(follow(client, server).hostKey, expected.hostKey);
  });

  test(`recorded: ${name}: there is no host key before the last byte of its packet`, (t) => {
    for (let length = 0; length < server.length; length++) {
      t.throws(() => follow(client, server.subarray(0, length)), { message: /partial/ }, String(length));
    }
  });
}

const KEYS = {
  'ssh-ed25519': ed25519(),
  'rsa-sha2-512': rsa(),
  'rsa-sha2-256': rsa(),
  'ssh-rsa': rsa(),
  'ecdsa-sha2-nistp256': ecdsa('nistp256'),
  'ecdsa-sha2-nistp384': ecdsa('nistp384'),
  'ecdsa-sha2-nistp521': ecdsa('nistp521'),
  'sk-ssh-ed25519@openssh.com': securityKey('ed25519'),
  'sk-ecdsa-sha2-nistp256@openssh.com': securityKey('nistp256'),
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com': securityKey('nistp256'),
};

for (const [algorithm, key] of Object.entries(KEYS)) {
  test(`${algorithm}: a plain key is shown as it is, and no key of another type is taken`, (t) => {
    const { type, blob } = key;
    t.deepEqual(readHostKeyReply(reply(blob), agreed(algorithm)), {
      type,
      ...fingerprintsOf(blob),
      certificate: 'none',
    });
    t.like(readHostKeyReply(reply(blob, 33), agreed(algorithm, 33)), { type });
    for (const [otherAlgorithm, other] of Object.entries(KEYS)) {
      if (other.type === type) continue;
      t.like(readHostKeyReply(reply(blob), agreed(otherAlgorithm)), { kind: 'malformed' }, otherAlgorithm);
    }
  });

  if (algorithm.startsWith('webauthn')) continue;
  test(`${algorithm}: a certificate is shown by its key, and is not taken where a plain key was agreed, nor the other way`, (t) => {
    const certificate = certify(key, ed25519());
    const forCertificates = certificateType({ type: algorithm });
    const read = readHostKeyReply(reply(certificate), agreed(forCertificates));
    t.like(read, { type: key.type, ...fingerprintsOf(key.blob), certificate: { holds: true } });
    t.like(readHostKeyReply(reply(certificate), agreed(algorithm)), { kind: 'malformed' });
    t.like(readHostKeyReply(reply(key.blob), agreed(forCertificates)), { kind: 'malformed' });
  });
}

test('a type that is not known yet has its fingerprints all the same', (t) => {
  const blob = string('ssh-mldsa65', Buffer.alloc(1952, 5));
  const read = readHostKeyReply(reply(blob), agreed('ssh-mldsa65'));
  t.deepEqual(read, { type: 'ssh-mldsa65', ...fingerprintsOf(blob), certificate: 'none' });
});

test('a reply that is another message, is cut anywhere, goes on or has an empty part is malformed', (t) => {
  const { blob } = KEYS['ssh-ed25519'];
  const whole = reply(blob);
  for (let length = 0; length < whole.length; length++) {
    t.like(readHostKeyReply(whole.subarray(0, length), agreed('ssh-ed25519')), { kind: 'malformed' });
  }
  t.like(readHostKeyReply(Buffer.concat([whole, Buffer.of(0)]), agreed('ssh-ed25519')), { kind: 'malformed' });
  for (const number of [33, 'unknown'] as const) {
    t.like(readHostKeyReply(whole, agreed('ssh-ed25519', number)), { kind: 'malformed' });
  }
  const parts: readonly (readonly [Buffer | string, Buffer | string, Buffer | string])[] = [
    ['', 'half', 'signature'],
    [string('ssh-ed25519'), 'half', 'signature'],
    [blob, '', 'signature'],
    [blob, 'half', ''],
  ];
  for (const part of parts) {
    const payload = Buffer.concat([Buffer.of(31), string(...part)]);
    t.like(readHostKeyReply(payload, agreed('ssh-ed25519')), { kind: 'malformed' });
  }
});
