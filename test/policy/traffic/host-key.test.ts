import test from 'ava';
import { parseAuthority } from '../../../lib/address/index.js';
import type { HostCertificate, HostKey } from '../../../lib/attempt/index.js';
import { readFingerprint, type HostKeyPin } from '../../../lib/protocol/ssh/index.js';
import { noon } from '../samples.js';
import { aboutHostKey, isPinned, pinText } from '../../../lib/policy/traffic/host-key.js';

const sha256 = `SHA256:${'A'.repeat(43)}`;
const md5 = `MD5:${Array.from({ length: 16 }, () => 'ab').join(':')}`;
const authority = { type: 'ssh-rsa', sha256: `SHA256:${'E'.repeat(43)}`, md5: md5.replaceAll('ab', 'cd') };
const plain: HostKey = { type: 'ssh-ed25519', sha256, md5, certificate: 'none' };
const at = noon.getTime();

function certified(change: Partial<HostCertificate>): HostKey {
  const whole = { authority, principals: ['a.example'], notBefore: at - 1, notAfter: at + 1, holds: true };
  return { ...plain, certificate: { ...whole, ...change } };
}

function sightOf(host: string) {
  const asked = parseAuthority(`${host}:22`);
  if (asked.kind === 'malformed') throw new Error(asked.detail);
  return { host: asked.value.host, at, stage: 'whole' } as const;
}

function readPin(pin: string): HostKeyPin {
  const read = readFingerprint(pin);
  if (read.kind === 'malformed') throw new Error(read.detail);
  return read.value;
}

function pinned(key: HostKey, pin: string, host = 'a.example'): boolean {
  return isPinned(key, [readPin(pin)], sightOf(host));
}

test('a key is pinned by either of its fingerprints, and a certified key by its own as well', (t) => {
  for (const key of [plain, certified({})]) for (const pin of [sha256, md5]) t.true(pinned(key, pin));
  t.false(pinned(plain, authority.sha256));
  t.false(pinned(certified({}), authority.sha256), 'the key of an authority is not the key of a host');
  t.false(pinned(plain, `@cert-authority ${sha256}`), 'a host is not its own authority');
});

test('a pin is reported as the policy file writes it', (t) => {
  for (const pin of [sha256, md5, `@cert-authority ${sha256}`]) t.is(pinText(readPin(pin)), pin);
});

test('an authority vouches for a key by a certificate that holds, in its time, for the asked host', (t) => {
  const pin = `@cert-authority ${authority.sha256}`;
  t.true(pinned(certified({}), pin));
  t.true(pinned(certified({}), `@cert-authority ${authority.md5}`));
  t.true(pinned(certified({ notBefore: at, notAfter: Infinity }), pin));
  t.false(pinned(certified({ notAfter: at }), pin), 'its end is not part of its time');
  t.false(pinned(certified({ notBefore: at + 1 }), pin));
  t.false(pinned(certified({ holds: false }), pin));
  t.false(pinned(certified({}), pin, 'b.example'));
  t.false(pinned(certified({ authority: { ...authority, sha256, md5 } }), pin));
});

test('principals name hosts as OpenSSH reads them: with * and ?, in lower case, addresses too, and none names no host', (t) => {
  const pin = `@cert-authority ${authority.sha256}`;
  const named = (host: string, ...principals: readonly string[]): boolean =>
    pinned(certified({ principals }), pin, host);
  t.false(named('a.example'));
  t.true(named('a.example', 'b.example', 'a.example'));
  t.true(named('x.a.example', '*.example'));
  t.true(named('web1.example', 'web?.example'));
  t.true(named('a.example', '*'));
  t.true(named('abcabd.example', '*abd*e'));
  t.false(named('web10.example', 'web?.example'));
  t.false(named('a.example', 'A.example'));
  t.false(named('a.example', 'a.example.'));
  t.false(named('a.example', '*.a.example'));
  t.false(named('ab.example', 'ab*b.example'), 'what stands before a * is not matched again after it');
  t.true(named('abb.example', 'ab*b.example'));
  t.true(named('10.1.2.3', '10.1.2.*'));
  t.true(named('[2001:db8::7]', '2001:db8::7'));
  t.false(named('[2001:db8::7]', '[2001:db8::7]'));
});

test('a principal full of stars is matched in time that does not explode', (t) => {
  const principals = [`${'*a'.repeat(60)}*b`];
  t.false(pinned(certified({ principals }), `@cert-authority ${authority.sha256}`, `${'a'.repeat(60)}.example`));
});

test('what is wrong with a certificate is reported', (t) => {
  const about = (change: Partial<HostCertificate>): string => aboutHostKey(certified(change), sightOf('a.example'));
  const by = `ssh-ed25519, certified by ${authority.sha256}`;
  t.is(aboutHostKey(plain, sightOf('a.example')), 'ssh-ed25519');
  t.is(about({}), by);
  t.is(about({ holds: false }), `${by}, but the certificate is not a valid host certificate`);
  t.is(about({ notAfter: at }), `${by}, but the certificate expired on 2026-06-15`);
  t.is(about({ notBefore: Infinity }), `${by}, but the certificate is valid from ever`);
  t.is(about({ principals: [] }), `${by}, but the certificate is not for a.example`);
});
