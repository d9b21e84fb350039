import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { readPresented, type Presented } from '../../../lib/protocol/halibut/certificate.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { makeFolder } from '../../fixtures/folder.js';
import { run } from '../../fixtures/program.js';
import { testWith } from '../../programs.js';
import { vector } from '../tls/bytes.js';
import { CERTIFICATES } from './handshakes.js';

/** A Certificate message's body of these certificates. */
function listOf(...certificates: readonly Buffer[]): Buffer {
  return vector(3, ...certificates.map((one) => vector(3, one)));
}

function presented(...certificates: readonly Buffer[]): Presented {
  const read = readPresented(listOf(...certificates));
  if (read === 'none' || 'kind' in read) throw new Error(JSON.stringify(read));
  return read;
}

function detail(body: Buffer): string {
  const read = readPresented(body);
  return read === 'none' ? read : 'kind' in read ? read.detail : 'read';
}

/** What OpenSSL reads out of the same bytes. */
function secondOpinion(der: Buffer): readonly unknown[] {
  const { fingerprint, validFrom, validTo, publicKey } = new X509Certificate(der);
  const thumbprint = fingerprint.replaceAll(':', '');
  return [thumbprint, Date.parse(validFrom), Date.parse(validTo), publicKey.export({ type: 'spki', format: 'der' })];
}

function ownOpinion({ identity, key }: Presented): readonly unknown[] {
  const exported = key === 'unknown' ? key : key.export({ type: 'spki', format: 'der' });
  return [identity.thumbprint, identity.notBefore, identity.notAfter, exported];
}

for (const [kind, { cert }] of Object.entries(CERTIFICATES)) {
  test(`a certificate with a key of the kind ${kind} is read as OpenSSL reads it, also before others`, (t) => {
    const { raw } = new X509Certificate(cert);
    t.deepEqual(ownOpinion(presented(raw)), secondOpinion(raw));
    t.deepEqual(ownOpinion(presented(raw, Buffer.alloc(3), Buffer.alloc(70_000))), secondOpinion(raw));
  });
}

testWith('openssl')('certificates of OpenSSL, of version 1 and 3, are read as it reads them', async (t) => {
  const folder = await makeFolder();
  const key = `${folder.path}/key.pem`;
  const subject = ['-subj', '/CN=Octopus Tentacle'];
  const made = await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, ...subject]);
  const request = await run('openssl', ['req', '-new', '-key', key, ...subject]);
  const old = await run('openssl', ['x509', '-req', '-signkey', key, '-days', '36500'], { input: request.stdout });
  await folder.remove();
  for (const { stdout } of [made, old]) {
    const { raw } = new X509Certificate(stdout);
    t.deepEqual(ownOpinion(presented(raw)), secondOpinion(raw));
  }
});

test('a year of two digits is one of 1950 to 2049', (t) => {
  const { raw } = new X509Certificate(makeCertificate('localhost').cert);
  for (const [text, date] of [
    ['500101000000Z', '1950-01-01T00:00:00Z'],
    ['991231235959Z', '1999-12-31T23:59:59Z'],
    ['000229120000Z', '2000-02-29T12:00:00Z'],
    ['491231235959Z', '2049-12-31T23:59:59Z'],
  ] as const) {
    t.is(presented(withNotBefore(raw, text)).identity.notBefore, Date.parse(date));
    t.deepEqual(ownOpinion(presented(withNotBefore(raw, text))), secondOpinion(withNotBefore(raw, text)));
  }
});

test('a time that is none, or that RFC 5280 does not write so, is malformed', (t) => {
  const { raw } = new X509Certificate(makeCertificate('localhost').cert);
  for (const text of [
    '991331235959Z',
    '991231245959Z',
    '99123123595 Z',
    '991231235959+',
    '9912312359+00',
    'Z991231235959',
  ])
    t.regex(detail(listOf(withNotBefore(raw, text))), /validity/, text);
});

/** The same certificate with another start, of 13 characters. */
function withNotBefore(raw: Buffer, text: string): Buffer {
  const at = raw.indexOf(Buffer.from([0x17, 13]));
  const changed = Buffer.from(raw);
  changed.write(text, at + 2, 'latin1');
  return changed;
}

test('an empty list has no certificate, and lengths that do not add up are malformed', (t) => {
  const { raw } = new X509Certificate(makeCertificate('localhost').cert);
  t.is(readPresented(listOf()), 'none');
  t.regex(detail(Buffer.alloc(0)), /do not add up/);
  t.regex(detail(Buffer.concat([listOf(raw), Buffer.alloc(1)])), /do not add up/);
  t.regex(detail(vector(3, Buffer.alloc(2))), /do not add up/);
  t.regex(detail(listOf(Buffer.alloc(0))), /do not add up/);
  t.regex(detail(listOf(raw, Buffer.alloc(0))), /do not add up/);
  t.regex(detail(listOf(Buffer.concat([raw, Buffer.alloc(1)]))), /is not X.509/);
  t.regex(detail(listOf(Buffer.from('3080', 'hex'))), /is not X.509/);
  t.regex(detail(listOf(Buffer.from('308400000002', 'hex'))), /is not X.509/);
});

test('cut at any byte a certificate is malformed; with one byte changed it is what OpenSSL reads, or malformed', (t) => {
  const { raw } = new X509Certificate(CERTIFICATES.p256.cert);
  for (let end = 1; end < raw.length; end++) {
    if (!/X.509|validity/.test(detail(listOf(raw.subarray(0, end))))) t.fail(`cut at ${end}`);
  }
  let agreed = 0;
  for (let at = 0; at < raw.length; at++) {
    for (const flip of [0x01, 0x80]) {
      const changed = Buffer.from(raw);
      changed[at] = (changed[at] ?? 0) ^ flip;
      const own = readPresented(listOf(changed));
      if (own === 'none' || 'kind' in own) continue;
      // Not the thumbprint: OpenSSL hashes what it would write, and a changed certificate may not be that.
      const other = orNothing(() => secondOpinion(changed).slice(1));
      if (other === 'nothing') continue;
      t.deepEqual(ownOpinion(own).slice(1), other, `byte ${at}`);
      agreed += 1;
    }
  }
  t.true(agreed > 200, `${agreed} agreed`);
});

/** What OpenSSL answers, unless it will not read it. */
function orNothing<T>(ask: () => T): T | 'nothing' {
  try {
    return ask();
  } catch {
    return 'nothing';
  }
}
