import { generateKeyPairSync, getDiffieHellman } from 'node:crypto';
import type { ConnectionOptions, SecureVersion, TlsOptions } from 'node:tls';
import { readServerAnswer, type ServerAnswer } from '../../../lib/protocol/halibut/index.js';
import { Flight, readClientHello, type ClientHello } from '../../../lib/protocol/tls/index.js';
import { certify, makeCertificate, type Certificate } from '../../fixtures/certificate.js';
import { wholly } from '../pieces.js';
import { record, type Recorded } from '../tls/recording.js';

const SERVER_HELLO_DONE = 14;

/** Certificates of every kind of key that TLS up to 1.2 knows. The RSA one is what a Tentacle makes for itself. */
export const CERTIFICATES = {
  rsa: certify(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'Octopus Tentacle'),
  p256: makeCertificate('localhost'),
  p384: certify(generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'localhost'),
  p521: certify(generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'localhost'),
  ed25519: certify(generateKeyPairSync('ed25519'), 'localhost'),
  ed448: certify(generateKeyPairSync('ed448'), 'localhost'),
  pss: certify(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }), 'localhost'),
  dsa: certify(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }), 'localhost'),
} as const;

/** A server, and what a full handshake with it is to show. */
export interface Handshake {
  readonly certificate: Certificate | 'none';
  readonly version: SecureVersion;
  readonly serving: TlsOptions;
  readonly shown: 'proven' | 'claimed' | 'absent';
}

const { rsa, p256, p384, p521, ed25519, ed448, pss, dsa } = CERTIFICATES;

/** Full handshakes, by what is particular about them. */
export const HANDSHAKES: Readonly<Record<string, Handshake>> = {
  'ECDHE-RSA': proven(rsa),
  'ECDHE-RSA, PKCS1 and SHA-256': proven(rsa, { sigalgs: 'RSA+SHA256' }),
  'ECDHE-RSA, PKCS1 and SHA-512': proven(rsa, { sigalgs: 'RSA+SHA512' }),
  'ECDHE-RSA, PKCS1 and SHA-224': proven(rsa, { sigalgs: 'RSA+SHA224' }),
  'ECDHE-RSA, PKCS1 and SHA-1': proven(rsa, { sigalgs: 'RSA+SHA1' }),
  'ECDHE-RSA, PSS and SHA-256': proven(rsa, { sigalgs: 'rsa_pss_rsae_sha256' }),
  'ECDHE-RSA, PSS and SHA-512': proven(rsa, { sigalgs: 'rsa_pss_rsae_sha512' }),
  'ECDHE-RSA, a key for PSS only': proven(pss, { sigalgs: 'rsa_pss_pss_sha384' }),
  'ECDHE-ECDSA, P-256': proven(p256, { sigalgs: 'ECDSA+SHA256' }),
  'ECDHE-ECDSA, P-384': proven(p384, { sigalgs: 'ECDSA+SHA384', ecdhCurve: 'P-384' }),
  'ECDHE-ECDSA, P-521': proven(p521, { sigalgs: 'ECDSA+SHA512', ecdhCurve: 'P-521' }),
  'ECDHE-ECDSA, P-256 with SHA-1': proven(p256, { sigalgs: 'ECDSA+SHA1' }),
  'ECDHE, Ed25519': proven(ed25519),
  'ECDHE, Ed448': proven(ed448),
  'DHE-RSA': proven(rsa, { ciphers: cipher('DHE-RSA-AES128-GCM-SHA256'), dhparam: group('modp14') }),
  'DHE-RSA, a group of 6144 bits': proven(rsa, { ciphers: cipher('DHE-RSA-AES128-SHA'), dhparam: group('modp17') }),
  'DHE-DSS': proven(dsa, { ciphers: cipher('DHE-DSS-AES128-SHA'), dhparam: group('modp14') }),
  'RSA key exchange': { ...proven(rsa, { ciphers: cipher('AES128-SHA') }), shown: 'claimed' },
  'anonymous key exchange': { ...proven('none', { ciphers: cipher('AECDH-AES128-SHA') }), shown: 'absent' },
  'TLS 1.1, ECDHE-RSA': { ...proven(rsa), version: 'TLSv1.1' },
  'TLS 1.1, ECDHE-ECDSA': { ...proven(p256), version: 'TLSv1.1' },
  'TLS 1.0, ECDHE-RSA': { ...proven(rsa), version: 'TLSv1' },
  'TLS 1.0, ECDHE-ECDSA': { ...proven(p256), version: 'TLSv1' },
  'TLS 1.0, DHE-RSA': {
    ...proven(rsa, { ciphers: cipher('DHE-RSA-AES128-SHA'), dhparam: group('modp14') }),
    version: 'TLSv1',
  },
  'TLS 1.0, RSA key exchange': {
    ...proven(rsa, { ciphers: cipher('AES128-SHA') }),
    version: 'TLSv1',
    shown: 'claimed',
  },
};

function proven(certificate: Handshake['certificate'], serving: TlsOptions = {}): Handshake {
  return { certificate, version: 'TLSv1.2', serving, shown: 'proven' };
}

/** What OpenSSL calls one suite, however old. */
function cipher(name = 'ALL'): string {
  return `${name}:@SECLEVEL=0`;
}

/** A group for DHE as PEM. That of 6144 bits has a prime whose length begins as a named curve would. */
function group(name: string): string {
  const prime = getDiffieHellman(name).getPrime();
  const number = Buffer.concat([Buffer.from([2, 0x82, (prime.length + 1) >> 8, (prime.length + 1) & 0xff, 0]), prime]);
  const content = Buffer.concat([number, Buffer.from([2, 1, 2])]);
  const der = Buffer.concat([Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]), content]);
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN DH PARAMETERS-----\n${lines}\n-----END DH PARAMETERS-----\n`;
}

/** How a server of a handshake is started. */
export function servingOf({ certificate, version, serving }: Handshake): TlsOptions {
  const shown = certificate === 'none' ? {} : { key: certificate.key, cert: certificate.cert };
  return { ciphers: cipher(), ...shown, minVersion: version, maxVersion: version, ...serving };
}

/** A client that takes whatever there is. */
export const ANY_CLIENT: ConnectionOptions = { minVersion: 'TLSv1', ciphers: cipher(), servername: 'localhost' };

/** Records a handshake, and reads the hello that began it. */
export async function recordHandshake(
  handshake: Handshake,
  asking: ConnectionOptions = {},
): Promise<Recorded & { readonly hello: ClientHello }> {
  const recorded = await record(servingOf(handshake), { ...ANY_CLIENT, ...asking });
  return { ...recorded, hello: helloOf(recorded) };
}

/** The hello that begins what was recorded. */
export function helloOf({ client }: Recorded): ClientHello {
  return wholly(readClientHello(client)).value;
}

/** What a client said after its hello. */
export function secondFlight({ client }: Recorded): Buffer {
  return client.subarray(wholly(readClientHello(client)).length);
}

/** What the server answered in what was recorded. */
export function answerIn(recorded: Recorded): ServerAnswer {
  return wholly(readServerAnswer(recorded.server, helloOf(recorded))).value;
}

/** The handshake messages of a flight: up to where it is encrypted, or to a ServerHelloDone. */
export function messagesOf(bytes: Buffer): readonly Buffer[] {
  const flight = new Flight(bytes, bytes.length);
  const messages: Buffer[] = [];
  for (let step = flight.next(); step.kind === 'message'; step = flight.next()) {
    messages.push(step.message);
    if (step.type === SERVER_HELLO_DONE) break;
  }
  return messages;
}

/** One of {@link HANDSHAKES}, by its name. */
export function known(name: string): Handshake {
  const handshake = HANDSHAKES[name];
  if (handshake === undefined) throw new Error(`no handshake ${name}`);
  return handshake;
}
