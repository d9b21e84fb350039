import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { SshReader } from './ssh-reader.js';

/** How one of SSH's signature algorithms signs. */
interface Scheme {
  /** The type of the keys that sign so. */
  readonly keyType: string;
  readonly digest: 'sha256' | 'sha384' | 'sha512' | 'none';
  /** Whether a security key signed, which signs its application, flags and counter with a digest of the message. */
  readonly securityKey: boolean;
  readonly family: KeyFamily;
}

type KeyFamily =
  | { readonly kind: 'rsa' }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'ecdsa'; readonly curve: Curve; readonly bytes: number };

interface Curve {
  /** RFC 5656 §10.1. */
  readonly ssh: string;
  /** RFC 7518 §6.2.1.1. */
  readonly jwk: string;
}

const P256: KeyFamily = { kind: 'ecdsa', curve: { ssh: 'nistp256', jwk: 'P-256' }, bytes: 32 };
const P384: KeyFamily = { kind: 'ecdsa', curve: { ssh: 'nistp384', jwk: 'P-384' }, bytes: 48 };
const P521: KeyFamily = { kind: 'ecdsa', curve: { ssh: 'nistp521', jwk: 'P-521' }, bytes: 66 };
const RSA: KeyFamily = { kind: 'rsa' };
const ED25519: KeyFamily = { kind: 'ed25519' };

/** What OpenSSH's CASignatureAlgorithms are by default: RFC 5656, RFC 8332, RFC 8709, OpenSSH's PROTOCOL.u2f. No SHA-1. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['ssh-ed25519', scheme('ssh-ed25519', 'none', ED25519)],
  ['ecdsa-sha2-nistp256', scheme('ecdsa-sha2-nistp256', 'sha256', P256)],
  ['ecdsa-sha2-nistp384', scheme('ecdsa-sha2-nistp384', 'sha384', P384)],
  ['ecdsa-sha2-nistp521', scheme('ecdsa-sha2-nistp521', 'sha512', P521)],
  ['rsa-sha2-256', scheme('ssh-rsa', 'sha256', RSA)],
  ['rsa-sha2-512', scheme('ssh-rsa', 'sha512', RSA)],
  ['sk-ssh-ed25519@openssh.com', bySecurityKey('sk-ssh-ed25519@openssh.com', 'none', ED25519)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', bySecurityKey('sk-ecdsa-sha2-nistp256@openssh.com', 'sha256', P256)],
]);

/**
 * Whether `key` made `signature` over `message`, all three as they go over the wire. A key or a signature of a kind that is
 * not known, or that is broken, answers false.
 */
export function signatureHolds(key: Buffer, message: Buffer, signature: Buffer): boolean {
  const signed = new SshReader(signature);
  const scheme = SCHEMES.get(signed.text());
  const fields = new SshReader(key);
  if (scheme === undefined || fields.text() !== scheme.keyType) return false;
  const jwk = readKey(fields, scheme.family);
  const value = readSignature(signed.string(), scheme.family, jwk);
  const content = scheme.securityKey ? signedBySecurityKey(fields.string(), signed.take(5), message) : message;
  if (jwk === 'broken' || value === 'broken' || !fields.spent || !signed.spent) return false;
  try {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const digest = scheme.digest === 'none' ? null : scheme.digest;
    return verify(digest, content, { key: publicKey, dsaEncoding: 'ieee-p1363' }, value);
  } catch {
    return false; // OpenSSL knows no such key: a point off its curve, a modulus out of bounds
  }
}

function scheme(keyType: string, digest: Scheme['digest'], family: KeyFamily): Scheme {
  return { keyType, digest, securityKey: false, family };
}

function bySecurityKey(keyType: string, digest: Scheme['digest'], family: KeyFamily): Scheme {
  return { keyType, digest, securityKey: true, family };
}

/** What is left of a key after its type (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4), as JWK has it. */
function readKey(fields: SshReader, family: KeyFamily): JsonWebKey | 'broken' {
  if (family.kind === 'rsa') {
    const e = base64url(withoutZeros(fields.string()));
    return { kty: 'RSA', e, n: base64url(withoutZeros(fields.string())) };
  }
  if (family.kind === 'ed25519') return { kty: 'OKP', crv: 'Ed25519', x: base64url(fields.string()) };
  const curve = fields.text();
  const point = fields.string();
  if (curve !== family.curve.ssh || point.length !== 1 + 2 * family.bytes || point[0] !== 4) return 'broken';
  const [x, y] = [point.subarray(1, 1 + family.bytes), point.subarray(1 + family.bytes)];
  return { kty: 'EC', crv: family.curve.jwk, x: base64url(x), y: base64url(y) };
}

/** A signature as OpenSSL takes it: of ECDSA both numbers at their full length, of RSA as long as the modulus. */
function readSignature(value: Buffer, family: KeyFamily, jwk: JsonWebKey | 'broken'): Buffer | 'broken' {
  if (family.kind === 'ed25519') return value;
  if (family.kind === 'rsa') {
    const modulus = jwk === 'broken' ? '' : (jwk.n ?? '');
    return padded(value, Buffer.from(modulus, 'base64url').length);
  }
  const fields = new SshReader(value);
  const [r, s] = [padded(fields.string(), family.bytes), padded(fields.string(), family.bytes)];
  return r === 'broken' || s === 'broken' || !fields.spent ? 'broken' : Buffer.concat([r, s]);
}

/** OpenSSH's PROTOCOL.u2f. */
function signedBySecurityKey(application: Buffer, flagsAndCounter: Buffer, message: Buffer): Buffer {
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(message)]);
}

function padded(number: Buffer, length: number): Buffer | 'broken' {
  const digits = withoutZeros(number);
  return digits.length > length ? 'broken' : Buffer.concat([Buffer.alloc(length - digits.length), digits]);
}

function withoutZeros(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? Buffer.alloc(0) : number.subarray(first);
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
