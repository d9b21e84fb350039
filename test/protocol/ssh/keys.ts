import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mpint, string, uint32, uint64 } from './wire.js';

/** A key made for a test: as it goes over the wire, its fields without the type, and what it signs. */
export interface TestKey {
  readonly type: string;
  readonly fields: Buffer;
  readonly blob: Buffer;
  readonly sign: (message: Buffer) => Buffer;
}

function made(type: string, fields: Buffer, signs: (message: Buffer) => Buffer): TestKey {
  return { type, fields, blob: Buffer.concat([string(type), fields]), sign: signs };
}

function member(key: KeyObject, name: 'x' | 'y' | 'n' | 'e'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');
}

export function ed25519(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const signs = (message: Buffer): Buffer => string('ssh-ed25519', sign(null, message, privateKey));
  return made('ssh-ed25519', string(member(publicKey, 'x')), signs);
}

export function rsa(algorithm: 'rsa-sha2-256' | 'rsa-sha2-512' | 'ssh-rsa' = 'rsa-sha2-512', bits = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const digest = algorithm === 'ssh-rsa' ? 'sha1' : algorithm.replace('rsa-sha2-', 'sha');
  const fields = Buffer.concat([mpint(member(publicKey, 'e')), mpint(member(publicKey, 'n'))]);
  return made('ssh-rsa', fields, (message) => string(algorithm, sign(digest, message, privateKey)));
}

const DIGESTS = { nistp256: 'sha256', nistp384: 'sha384', nistp521: 'sha512' };

function onCurve(curve: keyof typeof DIGESTS): { point: Buffer; signs: (message: Buffer) => Buffer } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve.replace('nistp', 'P-') });
  const signs = (message: Buffer): Buffer => {
    const both = sign(DIGESTS[curve], message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return Buffer.concat([mpint(both.subarray(0, both.length / 2)), mpint(both.subarray(both.length / 2))]);
  };
  return { point: Buffer.concat([Buffer.of(4), member(publicKey, 'x'), member(publicKey, 'y')]), signs };
}

export function ecdsa(curve: keyof typeof DIGESTS): TestKey {
  const { point, signs } = onCurve(curve);
  const type = `ecdsa-sha2-${curve}`;
  return made(type, string(curve, point), (message) => string(type, signs(message)));
}

const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();
const FLAGS_AND_COUNTER = Buffer.of(1, 0, 0, 0, 7);

/** A security key's signature is over digests and what the device adds (OpenSSH's PROTOCOL.u2f). */
function byDevice(message: Buffer): Buffer {
  return Buffer.concat([sha256('ssh:'), FLAGS_AND_COUNTER, sha256(message)]);
}

export function securityKey(kind: 'ed25519' | 'nistp256'): TestKey {
  if (kind === 'nistp256') {
    const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
    const { point, signs } = onCurve('nistp256');
    const signsAll = (message: Buffer): Buffer =>
      Buffer.concat([string(type, signs(byDevice(message))), FLAGS_AND_COUNTER]);
    return made(type, string('nistp256', point, 'ssh:'), signsAll);
  }
  const type = 'sk-ssh-ed25519@openssh.com';
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const signsAll = (message: Buffer): Buffer =>
    Buffer.concat([string(type, sign(null, byDevice(message), privateKey)), FLAGS_AND_COUNTER]);
  return made(type, string(member(publicKey, 'x'), 'ssh:'), signsAll);
}

/** What may be otherwise in a certificate. */
export interface CertificateOptions {
  readonly purpose?: number;
  readonly principals?: Buffer;
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly criticalOptions?: Buffer;
  readonly signature?: (signed: Buffer) => Buffer;
}

/** The type of certificates for a key. */
export function certificateType({ type }: Pick<TestKey, 'type'>): string {
  return `${type.replace('@openssh.com', '')}-cert-v01@openssh.com`;
}

/** A certificate by `authority` (OpenSSH's PROTOCOL.certkeys). */
export function certify(subject: TestKey, authority: TestKey, options: CertificateOptions = {}): Buffer {
  const signed = Buffer.concat([
    string(certificateType(subject), Buffer.alloc(32, 9)),
    subject.fields,
    uint64(1n),
    uint32(options.purpose ?? 2),
    string('an id', options.principals ?? string('linux.test')),
    uint64(options.validAfter ?? 0n),
    uint64(options.validBefore ?? 0xffff_ffff_ffff_ffffn),
    string(options.criticalOptions ?? '', '', '', authority.blob),
  ]);
  return Buffer.concat([signed, string((options.signature ?? authority.sign)(signed))]);
}
