import test from 'ava';
import fc from 'fast-check';
import { fingerprintsOf } from '../../../lib/protocol/ssh/fingerprint.js';
import { readFingerprint } from '../../../lib/protocol/ssh/index.js';

const SHA256 = 'SHA256:STcc7iuQMyLfRvOBQ2Swmdpc5KebAD8M7lxl7HbTMHY';
const MD5 = 'MD5:df:d2:7f:95:72:21:18:71:31:ed:a1:cf:fb:db:bd:14';

const READ: readonly (readonly [text: string, marker: 'key' | 'authority', canonical: string])[] = [
  [SHA256, 'key', SHA256],
  [`${SHA256}=`, 'key', SHA256],
  [SHA256.replace('SHA256', 'sha256'), 'key', SHA256],
  [`@cert-authority ${SHA256}`, 'authority', SHA256],
  [`@cert-authority  ${SHA256}=`, 'authority', SHA256],
  [MD5, 'key', MD5],
  [MD5.slice(4), 'key', MD5],
  [MD5.slice(4).toUpperCase(), 'key', MD5],
  [MD5.toUpperCase(), 'key', MD5],
  [`@cert-authority ${MD5}`, 'authority', MD5],
];

for (const [text, marker, canonical] of READ) {
  test(`${text} is a fingerprint`, (t) => {
    const form = canonical === MD5 ? 'md5' : 'sha256';
    t.deepEqual(readFingerprint(text), { kind: 'value', value: { marker, form, text: canonical } });
  });
}

const REFUSED: readonly (readonly [text: string, detail: RegExp])[] = [
  ['', /is not a fingerprint/],
  ['@cert-authority', /is not a fingerprint/],
  ['@revoked SHA256:x', /only the part/],
  [SHA256.slice(0, -1), /43 characters/],
  [`${SHA256}A`, /43 characters/],
  [`${SHA256}==`, /43 characters/],
  [`${SHA256.slice(0, -1)}Z`, /43 characters/],
  [`SHA256:${'-'.repeat(43)}`, /43 characters/],
  [`SHA256: ${SHA256.slice(7)}`, /43 characters/],
  [MD5.slice(0, -1), /16 bytes/],
  [`${MD5}:00`, /16 bytes/],
  [MD5.replaceAll(':', ''), /is not a fingerprint/],
  [`256 ${SHA256} root@linux (ED25519)`, /only the part/],
  ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEhk', /is a key/],
  [`cert-authority ${SHA256}`, /only the part/],
  [SHA256.slice(7), /is not a fingerprint/],
];

for (const [text, detail] of REFUSED) {
  test(`${JSON.stringify(text)} is not a fingerprint, with the reason`, (t) => {
    const reading = readFingerprint(text);
    t.regex(reading.kind === 'malformed' ? reading.detail : '', detail);
  });
}

test('both fingerprints of any key read as themselves', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (key) => {
      const { sha256, md5 } = fingerprintsOf(Buffer.from(key));
      t.deepEqual(readFingerprint(sha256), { kind: 'value', value: { marker: 'key', form: 'sha256', text: sha256 } });
      t.deepEqual(readFingerprint(md5), { kind: 'value', value: { marker: 'key', form: 'md5', text: md5 } });
    }),
  );
});
