import test from 'ava';
import type { HostCertificate } from '../../../lib/attempt/index.js';
import { readCertificate } from '../../../lib/protocol/ssh/certificate.js';
import { fingerprintsOf } from '../../../lib/protocol/ssh/fingerprint.js';
import { certificateType, certify, ecdsa, ed25519, rsa, securityKey, type CertificateOptions } from './keys.js';
import { string } from './wire.js';

const AUTHORITY = ed25519();
const SUBJECTS = {
  'ssh-ed25519': ed25519(),
  'ssh-rsa': rsa(),
  'ecdsa-sha2-nistp256': ecdsa('nistp256'),
  'ecdsa-sha2-nistp384': ecdsa('nistp384'),
  'ecdsa-sha2-nistp521': ecdsa('nistp521'),
  'sk-ssh-ed25519@openssh.com': securityKey('ed25519'),
  'sk-ecdsa-sha2-nistp256@openssh.com': securityKey('nistp256'),
};
const HOST = SUBJECTS['ssh-ed25519'];

function read(options: CertificateOptions): HostCertificate {
  const key = readCertificate(certify(HOST, AUTHORITY, options), certificateType(HOST));
  if ('kind' in key || key.certificate === 'none') throw new Error(JSON.stringify(key));
  return key.certificate;
}

for (const [type, subject] of Object.entries(SUBJECTS)) {
  test(`a certificate for ${type} shows the plain key, its authority, names and time`, (t) => {
    t.deepEqual(readCertificate(certify(subject, AUTHORITY), certificateType(subject)), {
      type,
      ...fingerprintsOf(subject.blob),
      certificate: {
        authority: { type: 'ssh-ed25519', ...fingerprintsOf(AUTHORITY.blob) },
        principals: ['linux.test'],
        notBefore: 0,
        notAfter: Infinity,
        holds: true,
      },
    });
  });
}

for (const authority of [rsa('rsa-sha2-256'), rsa('rsa-sha2-512'), ecdsa('nistp521'), securityKey('ed25519')]) {
  test(`a certificate by ${authority.type} holds (${authority.sign(Buffer.alloc(1)).toString('latin1', 4, 16)})`, (t) => {
    t.like(readCertificate(certify(HOST, authority), certificateType(HOST)), { certificate: { holds: true } });
  });
}

test('times are milliseconds, and all that fits into 64 bits is a time', (t) => {
  const times = (validAfter: bigint, validBefore: bigint) => {
    const certificate = read({ validAfter, validBefore });
    return [certificate.notBefore, certificate.notAfter];
  };
  t.deepEqual(times(1_767_225_600n, 2_082_758_400n), [Date.UTC(2026, 0), Date.UTC(2036, 0)]);
  t.deepEqual(times(0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_fffen), [Infinity, Number(2n ** 64n) * 1000]);
});

test('principals are read one by one, and there may be none', (t) => {
  t.deepEqual(read({ principals: Buffer.alloc(0) }).principals, []);
  t.deepEqual(read({ principals: string('a.test', '*.b.test', '') }).principals, ['a.test', '*.b.test', '']);
});

test('a certificate for users, or for nothing known, does not hold', (t) => {
  for (const purpose of [0, 1, 3, 0xffffffff]) t.false(read({ purpose }).holds, String(purpose));
});

test('a certificate with a critical option does not hold', (t) => {
  t.false(read({ criticalOptions: string('force-command', string('x')) }).holds);
  t.false(read({ criticalOptions: Buffer.of(0) }).holds);
});

test('a certificate signed with SHA-1, by another key, by a certificate or not at all does not hold', (t) => {
  const old = rsa('ssh-rsa');
  t.like(readCertificate(certify(HOST, old), certificateType(HOST)), { certificate: { holds: false } });
  t.false(read({ signature: ed25519().sign }).holds);
  t.false(read({ signature: () => Buffer.alloc(0) }).holds);
  const chained = { ...AUTHORITY, type: certificateType(AUTHORITY), blob: certify(AUTHORITY, ed25519()) };
  const read2 = readCertificate(certify(HOST, chained), certificateType(HOST));
  t.like(read2, { certificate: { holds: false, authority: { type: 'ssh-ed25519-cert-v01@openssh.com' } } });
});

test('a certificate that is cut anywhere, or goes on, is malformed', (t) => {
  const blob = certify(HOST, AUTHORITY);
  for (let length = 0; length < blob.length; length++) {
    t.like(readCertificate(blob.subarray(0, length), certificateType(HOST)), { kind: 'malformed' }, String(length));
  }
  t.like(readCertificate(Buffer.concat([blob, Buffer.of(0)]), certificateType(HOST)), { kind: 'malformed' });
});

test('a certificate that is changed in any byte does not hold', (t) => {
  const blob = certify(HOST, AUTHORITY);
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const key = readCertificate(changed, certificateType(HOST));
    if ('kind' in key) continue;
    t.like(key, { certificate: { holds: false } }, String(at));
  }
});

test('principals that are not whole or not printable ASCII, an authority without a key and unknown types are malformed', (t) => {
  const of = (options: CertificateOptions) => readCertificate(certify(HOST, AUTHORITY, options), certificateType(HOST));
  t.like(of({ principals: Buffer.of(0, 0, 0, 2, 97) }), { kind: 'malformed' });
  t.like(of({ principals: string('a\0b') }), { kind: 'malformed' });
  t.like(of({ principals: string('é') }), { kind: 'malformed' });
  for (const blob of [Buffer.alloc(0), string('ssh-ed25519')]) {
    t.like(readCertificate(certify(HOST, { ...AUTHORITY, blob }), certificateType(HOST)), { kind: 'malformed' });
  }
  t.like(readCertificate(certify(HOST, AUTHORITY), 'ssh-xmss-cert-v01@openssh.com'), { kind: 'malformed' });
});
