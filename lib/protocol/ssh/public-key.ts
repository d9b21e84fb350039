import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { SshReader } from './ssh-reader.js';

/** How a signature algorithm of SSH signs. */
interface Scheme {
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null;
  readonly family: 'rsa' | 'ed25519' | Curve;
}

/** A curve by its name in SSH (RFC 5656 §10.1) and as a JWK (RFC 7518 §6.2.1.1), and the bytes of a coordinate. */
interface Curve {
  readonly ssh: string;
  readonly jwk: string;
  readonly bytes: number;
}

const P256: Curve = { ssh: 'nistp256', jwk: 'P-256', bytes: 32 };
const P384: Curve = { ssh: 'nistp384', jwk: 'P-384', bytes: 48 };
const P521: Curve = { ssh: 'nistp521', jwk: 'P-521', bytes: 66 };

/** What OpenSSH's CASignatureAlgorithms are by default: RFC 5656, RFC 8332, RFC 8709, OpenSSH's PROTOCOL.u2f. No SHA-1. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['ssh-ed25519', { digest: null, family: 'ed25519' }],
  ['ecdsa-sha2-nistp256', { digest: 'sha256', family: P256 }],
  ['ecdsa-sha2-nistp384', { digest: 'sha384', family: P384 }],
  ['ecdsa-sha2-nistp521', { digest: 'sha512', family: P521 }],
  ['rsa-sha2-256', { digest: 'sha256', family: 'rsa' }],
  ['rsa-sha2-512', { digest: 'sha512', family: 'rsa' }],
  ['sk-ssh-ed25519@openssh.com', { digest: null, family: 'ed25519' }],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { digest: 'sha256', family: P256 }],
]);

/**
 * Whether `key` made `signature` over `message`, all three as they go over the wire. A key or a signature of a kind that is
 * not known, or that is broken, answers false.
 */
export function signatureHolds(key: Buffer, message: Buffer, signature: Buffer): boolean {
  const signed = new SshReader(signature);
  const algorithm = signed.text();
  const scheme = SCHEMES.get(algorithm);
  const fields = new SshReader(key);
  // Only RSA names the algorithm otherwise than the type of the key.
  if (scheme === undefined || fields.text() !== (scheme.family === 'rsa' ? 'ssh-rsa' : algorithm)) return false;
  const jwk = readKey(fields, scheme.family);
  const value = readSignature(signed.string(), scheme.family, jwk);
  const content = algorithm.startsWith('sk-') ? signedBySecurityKey(fields.string(), signed.take(5), message) : message;
  if (value === 'broken' || !fields.spent || !signed.spent) return false;
  try {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(scheme.digest, content, { key: publicKey, dsaEncoding: 'ieee-p1363' }, value);
  } catch {
    return false; // OpenSSL knows no such key: a point off its curve, a modulus out of bounds
  }
}

/** Reads what follows the type of a key (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). */
function readKey(fields: SshReader, family: Scheme['family']): JsonWebKey {
  if (family === 'rsa') {
    const e = base64url(withoutZeros(fields.string()));
    return { kty: 'RSA', e, n: base64url(withoutZeros(fields.string())) };
  }
  if (family === 'ed25519') return { kty: 'OKP', crv: 'Ed25519', x: base64url(fields.string()) };
  const curve = fields.text();
  const point = fields.string();
  if (curve !== family.ssh || point.length !== 1 + 2 * family.bytes || point[0] !== 4) fields.fail();
  const [x, y] = [point.subarray(1, 1 + family.bytes), point.subarray(1 + family.bytes)];
  return { kty: 'EC', crv: family.jwk, x: base64url(x), y: base64url(y) };
}

/** A signature as OpenSSL takes it: of ECDSA both numbers at their full length, of RSA as long as the modulus. */
function readSignature(value: Buffer, family: Scheme['family'], jwk: JsonWebKey): Buffer | 'broken' {
  if (family === 'ed25519') return value;
  if (family === 'rsa') return padded(value, Buffer.from(jwk.n ?? '', 'base64url').length);
  const fields = new SshReader(value);
  const [r, s] = [padded(fields.string(), family.bytes), padded(fields.string(), family.bytes)];
  return r === 'broken' || s === 'broken' || !fields.spent ? 'broken' : Buffer.concat([r, s]);
}

/** OpenSSH's PROTOCOL.u2f: a security key signs its application, its flags and counter, and a digest of the message. */
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
