import type { HostCertificate } from '../../attempt/index.js';
import { malformed, type Malformed } from '../index.js';
import { fingerprintsOf } from './fingerprint.js';
import { signatureHolds } from './public-key.js';
import { SshReader, writeString } from './ssh-reader.js';

/** A certificate (OpenSSH's PROTOCOL.certkeys), and the key that it is for, as that one goes over the wire by itself. */
interface Certified {
  readonly type: string;
  readonly key: Buffer;
  readonly certificate: HostCertificate;
}

const SUFFIX = '-cert-v01@openssh.com';

/** Keys that certificates are made for: the type of the plain key, and how many strings and mpints make it up. */
const CERTIFIED: ReadonlyMap<string, readonly [type: string, fields: number]> = new Map([
  ['ssh-rsa', ['ssh-rsa', 2]],
  ['ssh-dss', ['ssh-dss', 4]],
  ['ssh-ed25519', ['ssh-ed25519', 1]],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256', 2]],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384', 2]],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521', 2]],
  ['sk-ssh-ed25519', ['sk-ssh-ed25519@openssh.com', 2]],
  ['sk-ecdsa-sha2-nistp256', ['sk-ecdsa-sha2-nistp256@openssh.com', 3]],
]);

const FOR_HOSTS = 2;
const FOR_EVER = 0xffff_ffff_ffff_ffffn;

const UNKNOWN = malformed('the host key is a certificate of a type that is not known');
const BROKEN = malformed('the host key is a certificate without the fields of one');

/** Whether keys of that type are certificates. */
export function isCertificate(type: string): boolean {
  return type.endsWith(SUFFIX);
}

/**
 * Reads a certificate of that type, which stands in its own first field. It `holds` if it is for hosts, has no critical
 * options (none is defined for hosts, and what is not understood must not be taken) and its authority, a plain key, signed
 * it by an algorithm that OpenSSH takes by default. Time and names are left to the judge.
 */
export function readCertificate(blob: Buffer, type: string): Certified | Malformed {
  const [plainType, count] = CERTIFIED.get(type.slice(0, -SUFFIX.length)) ?? ['unknown', 0];
  if (plainType === 'unknown') return UNKNOWN;
  const fields = new SshReader(blob);
  fields.string(); // the type
  fields.string(); // the nonce
  const key = Array.from({ length: count }, () => writeString(fields.string()));
  const body = readBody(fields, blob);
  if (body === 'broken') return BROKEN;
  return { type: plainType, key: Buffer.concat([writeString(plainType), ...key]), certificate: body };
}

/** What all types share, from the serial number to the signature over everything before it. */
function readBody(fields: SshReader, blob: Buffer): HostCertificate | 'broken' {
  fields.uint64(); // the serial number
  const purpose = fields.uint32();
  fields.string(); // the key's id
  const principals = readPrincipals(fields.string());
  const [notBefore, notAfter] = [milliseconds(fields.uint64()), milliseconds(fields.uint64())];
  const criticalOptions = fields.string();
  fields.string(); // extensions: for users only
  fields.string(); // reserved
  const key = fields.string();
  const signed = blob.subarray(0, fields.position);
  const signature = fields.string();
  const authority = new SshReader(key);
  const type = authority.text();
  if (!fields.spent || !authority.intact || authority.left === 0 || principals === 'broken') return 'broken';
  const holds = purpose === FOR_HOSTS && criticalOptions.length === 0 && signatureHolds(key, signed, signature);
  return { authority: { type, ...fingerprintsOf(key) }, principals, notBefore, notAfter, holds };
}

function readPrincipals(list: Buffer): readonly string[] | 'broken' {
  const fields = new SshReader(list);
  const principals: string[] = [];
  while (fields.left > 0 && fields.intact) principals.push(fields.text());
  return fields.spent ? principals : 'broken';
}

function milliseconds(seconds: bigint): number {
  return seconds === FOR_EVER ? Infinity : Number(seconds) * 1000;
}
