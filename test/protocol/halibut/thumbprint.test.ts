import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { readThumbprint, thumbprintOf } from '../../../lib/protocol/halibut/index.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { run } from '../../fixtures/program.js';
import { testWith } from '../../programs.js';

const { cert } = makeCertificate('localhost');
const thumbprint = thumbprintOf(new X509Certificate(cert).raw);

test('a thumbprint is the SHA-1 of the DER in 40 upper-case hex digits', (t) => {
  t.is(thumbprint, new X509Certificate(cert).fingerprint.replaceAll(':', ''));
  t.regex(thumbprint, /^[0-9A-F]{40}$/);
});

test('a thumbprint reads as people copy it', (t) => {
  const bytes = thumbprint.match(/../g) ?? [];
  for (const text of [
    thumbprint,
    thumbprint.toLowerCase(),
    bytes.join(':'),
    bytes.join(' ').toLowerCase(),
    `\u200e${bytes.join(' ')}`,
  ])
    t.deepEqual(readThumbprint(text), { kind: 'value', value: thumbprint }, text);
});

testWith('openssl')('a thumbprint reads as OpenSSL prints it', async (t) => {
  const { stdout } = await run('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], { input: cert });
  t.deepEqual(readThumbprint(stdout.trim().replace(/^.*=/, '')), { kind: 'value', value: thumbprint });
});

test('anything else is refused with what to do about it, and shows nothing of the text', (t) => {
  const bad: Readonly<Record<string, RegExp>> = {
    '': /40 hex digits/,
    [thumbprint.slice(1)]: /40 hex digits/,
    [thumbprint.slice(2)]: /and this has 38/,
    [`${thumbprint}00`]: /and this has 42/,
    ['00'.repeat(32)]: /SHA-256 fingerprint; Octopus shows the SHA-1/,
    [` ${thumbprint}`]: /40 hex digits/,
    [`${thumbprint}\n`]: /40 hex digits/,
    [thumbprint.replace(/../, 'zz')]: /40 hex digits/,
    [thumbprint.replace(/^(.)/, '$1:')]: /40 hex digits/,
    [thumbprint.replace(/^(..)/, '$1::')]: /40 hex digits/,
    [`\u200e\u200e${thumbprint}`]: /40 hex digits/,
    [`${thumbprint}\u200e`]: /40 hex digits/,
    [thumbprint.replace(/^\w/, '\uff11')]: /40 hex digits/,
    [`SHA1 Fingerprint=${thumbprint}`]: /40 hex digits/,
  };
  for (const [text, expected] of Object.entries(bad)) {
    const read = readThumbprint(text);
    t.regex(read.kind === 'malformed' ? read.detail : read.kind, expected, text);
    t.true(read.kind === 'malformed' && /^[\x20-\x7e]+$/.test(read.detail));
  }
});
