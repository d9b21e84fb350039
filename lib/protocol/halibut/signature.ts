import { constants, verify, type KeyObject } from 'node:crypto';
import type { Certificate, Shown } from '../../attempt/index.js';
import type { ByteReader } from '../index.js';
import type { Presented } from './certificate.js';

/** A signature of a handshake, and the number of its scheme; `none` before TLS 1.2, which has no choice. */
export interface Signature {
  readonly scheme: number | 'none';
  readonly bytes: Buffer;
}

/** What a scheme demands: the type of key, the digest (`null`: the scheme brings its own), and for RSA the padding. */
interface Scheme {
  readonly key: string;
  readonly digest: string | null;
  readonly padding: 'pkcs1' | 'pss';
}

/** RFC 5246 §7.4.1.4.1, and what RFC 8446 §4.2.3 added. MD5 is left out: it proves nothing any more. */
const SCHEMES: ReadonlyMap<number, Scheme> = new Map(listSchemes());

function* listSchemes(): Generator<[number, Scheme]> {
  for (const [index, digest] of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].entries()) {
    const hash = (index + 2) << 8;
    yield [hash + 1, { key: 'rsa', digest, padding: 'pkcs1' }];
    yield [hash + 2, { key: 'dsa', digest, padding: 'pkcs1' }];
    yield [hash + 3, { key: 'ec', digest, padding: 'pkcs1' }];
  }
  for (const [index, digest] of ['sha256', 'sha384', 'sha512'].entries()) {
    yield [0x0804 + index, { key: 'rsa', digest, padding: 'pss' }];
    yield [0x0809 + index, { key: 'rsa-pss', digest, padding: 'pss' }];
  }
  yield [0x0807, { key: 'ed25519', digest: null, padding: 'pkcs1' }];
  yield [0x0808, { key: 'ed448', digest: null, padding: 'pkcs1' }];
}

/** Before TLS 1.2 the kind of key decides (RFC 4346 §7.4.3, RFC 8422 §5.4). */
const OLD_SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['rsa', { key: 'rsa', digest: 'md5-sha1', padding: 'pkcs1' }],
  ['ec', { key: 'ec', digest: 'sha1', padding: 'pkcs1' }],
  ['dsa', { key: 'dsa', digest: 'sha1', padding: 'pkcs1' }],
]);

/** What a signature over `data` proves of a certificate. */
export function judged({ identity, key }: Presented, data: Buffer, signature: Signature): Shown<Certificate> {
  const made = madeBy(key, data, signature);
  if (made === 'unknown') return { kind: 'claimed', identity, probe: 'not_made' };
  return { kind: made === 'made' ? 'proven' : 'forged', identity };
}

/** Reads a signature that ends its message, after its scheme in TLS 1.2 (RFC 5246 §4.7). */
export function readSignature(fields: ByteReader, version: string): Signature | 'broken' {
  const scheme = version === 'TLSv1.2' ? fields.number(2) : 'none';
  const bytes = fields.vector(2);
  return fields.spent && bytes.length > 0 ? { scheme, bytes } : 'broken';
}

/** Whether a key made the signature over `data`. `unknown`: the key or the scheme is of a kind that is not known. */
function madeBy(key: KeyObject | 'unknown', data: Buffer, signature: Signature): 'made' | 'not_made' | 'unknown' {
  const type = key === 'unknown' ? undefined : key.asymmetricKeyType;
  if (key === 'unknown' || type === undefined) return 'unknown';
  const scheme = signature.scheme === 'none' ? OLD_SCHEMES.get(type) : SCHEMES.get(signature.scheme);
  if (scheme === undefined) return 'unknown';
  if (scheme.key !== type) return 'not_made';
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  try {
    return verify(scheme.digest, data, scheme.padding === 'pss' ? pss : key, signature.bytes) ? 'made' : 'not_made';
  } catch {
    return 'unknown'; // OpenSSL refuses the key for this scheme, or the digest in its mode: no word on the signature
  }
}
