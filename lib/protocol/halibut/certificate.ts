import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../attempt/index.js';
import { setBounded } from '../../system/values/index.js';
import { ByteReader, malformed, type Malformed } from '../index.js';
import { thumbprintOf } from './thumbprint.js';

/** The first certificate that one end presented: what it is known by, and its key. */
export interface Presented {
  readonly identity: Certificate;
  /** `unknown`: of a kind that this Node does not know. */
  readonly key: KeyObject | 'unknown';
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** `SEQUENCE { rsaEncryption, NULL }` (RFC 3279 §2.3.1). */
const RSA = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** Certificates that were read lately, by their bytes; the one that was read longest ago goes first. */
const LATELY = new Map<string, Presented>();
const LATELY_AT_MOST = 256;
/** Real certificates are shorter; longer ones are not worth their memory. */
const REMEMBERED_AT_MOST = 4096;

const BAD_LIST = malformed('the lengths inside a Certificate message do not add up');
const BAD_CERTIFICATE = malformed('a certificate is not X.509');
const BAD_VALIDITY = malformed('the validity of a certificate is not written as RFC 5280 says');

/**
 * Reads a Certificate message of TLS up to 1.2 (RFC 5246 §7.4.2), without its header: the end's own certificate, which
 * comes first, or `none` of an empty list or without a message. No signature on the certificate is checked: it is trusted by its
 * thumbprint or not at all.
 */
export function readPresented(body: Buffer | undefined): Presented | 'none' | Malformed {
  if (body === undefined) return 'none';
  const list = ByteReader.ofVector(body, 3);
  if (list.left === 0) return list.intact ? 'none' : BAD_LIST;
  const first = list.vector(3);
  while (list.left > 0 && list.intact) if (list.vector(3).length === 0) return BAD_LIST;
  return list.spent && first.length > 0 ? readOrRecall(first) : BAD_LIST;
}

/**
 * Octopus and its Tentacles show the same certificates again and again, and a key is worth keeping: with a fresh one a
 * signature takes OpenSSL half as long again. What is recalled was read from the very same bytes.
 */
function readOrRecall(der: Buffer): Presented | Malformed {
  if (der.length > REMEMBERED_AT_MOST) return readCertificate(der);
  const bytes = der.toString('latin1');
  const recalled = LATELY.get(bytes);
  if (recalled !== undefined) return recalled;
  const read = readCertificate(der);
  if ('kind' in read) return read;
  setBounded(LATELY, bytes, read, LATELY_AT_MOST);
  return read;
}

/** Walks to the validity and the key, and no further (RFC 5280 §4.1): a tenth of the cost of a whole parse. */
function readCertificate(der: Buffer): Presented | Malformed {
  const certificate = readElement(der, 0);
  const body = readElement(der, certificate.start);
  if (certificate.tag !== SEQUENCE || certificate.end !== der.length || body.tag !== SEQUENCE) return BAD_CERTIFICATE;
  let element = readElement(der, body.start);
  if (element.tag === VERSION) element = readElement(der, element.end);
  const parts: Element[] = [];
  // Serial number, signature algorithm, issuer, validity, subject, key.
  for (; parts.length < 6; element = readElement(der, element.end)) parts.push(element);
  const [, , , validity, , key] = parts;
  if (validity?.tag !== SEQUENCE || key?.tag !== SEQUENCE || key.end > body.end) return BAD_CERTIFICATE;
  const from = readElement(der, validity.start);
  const notBefore = readTime(der, from);
  const notAfter = readTime(der, readElement(der, from.end));
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) return BAD_VALIDITY;
  return {
    identity: { thumbprint: thumbprintOf(der), notBefore, notAfter },
    key: keyOf(der.subarray(key.outer, key.end)),
  };
}

/** Milliseconds since 1970, or NaN (RFC 5280 §4.1.2.5). */
function readTime(der: Buffer, { tag, start, end }: Element): number {
  const text = der.toString('latin1', start, end);
  const short = tag === UTC_TIME;
  if (!(short ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text) || (!short && tag !== GENERALIZED_TIME)) return NaN;
  const century = Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const [, date = '', time = ''] = /^(\d{8})(\d{6})/.exec(short ? century + text : text) ?? [];
  return Date.parse(`${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`);
}

/** The key of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, DER), or `unknown` where it is of a kind that this Node does not know. */
function keyOf(keyInfo: Buffer): KeyObject | 'unknown' {
  try {
    return rsaKey(keyInfo) ?? createPublicKey({ key: keyInfo, format: 'der', type: 'spki' });
  } catch {
    return 'unknown'; // OpenSSL does not know such a key: nothing can be proven with it
  }
}

/** An RSA key, which is that of every Tentacle, by its inner form: OpenSSL 3 takes 3 microseconds for it and 95 for the outer. */
function rsaKey(keyInfo: Buffer): KeyObject | undefined {
  const outer = readElement(keyInfo, 0);
  const bits = readElement(keyInfo, outer.start + RSA.length);
  if (!keyInfo.subarray(outer.start, outer.start + RSA.length).equals(RSA) || bits.tag !== BIT_STRING) return undefined;
  return createPublicKey({ key: keyInfo.subarray(bits.start + 1, bits.end), format: 'der', type: 'pkcs1' });
}

/** One element of DER (X.690 §8.1): where it begins, where its content does, and where both end. */
interface Element {
  /** Zero where there is no element: beyond the end, or with a length that is not in the bytes. */
  readonly tag: number;
  readonly outer: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the element at `at`. What is not there has the tag zero and no content, so that a walk ends at the next look. */
function readElement(der: Buffer, at: number): Element {
  const tag = der[at] ?? 0;
  const first = der[at + 1] ?? 0x80;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  // More than three bytes of length, or the indefinite form, which DER has not: no certificate in a handshake is so long.
  if (first === 0x80 || lengthBytes > 3 || start > der.length) return nothingAt(der.length);
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  return start + length > der.length ? nothingAt(der.length) : { tag, outer: at, start, end: start + length };
}

function nothingAt(end: number): Element {
  return { tag: 0, outer: end, start: end, end };
}
