import type { HostCertificate, HostKey } from '../../attempt/index.js';
import { malformed, type Malformed } from '../index.js';
import { fingerprintsOf } from './fingerprint.js';
import { signatureHolds } from './public-key.js';
import { SshReader, writeString } from './ssh-reader.js';

const SUFFIX = '-cert-v01@openssh.com';

/** Keys that certificates are made for, and how many strings and mpints make one up. */
const KEY_FIELDS: ReadonlyMap<string, number> = new Map([
  ['ssh-rsa', 2],
  ['ssh-dss', 4],
  ['ssh-ed25519', 1],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519', 2],
  ['sk-ecdsa-sha2-nistp256', 3],
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
 * Reads a certificate (OpenSSH's PROTOCOL.certkeys) of the type in its first field, as the key that it is for. It `holds` if
 * it is for hosts, has no critical options (none is defined for hosts, and what is not understood must not be taken) and its
 * authority, a plain key, signed it by an algorithm that OpenSSH takes by default. Time and names are left to the judge.
 */
export function readCertificate(blob: Buffer, type: string): HostKey | Malformed {
  const name = type.slice(0, -SUFFIX.length);
  const count = KEY_FIELDS.get(name);
  if (count === undefined) return UNKNOWN;
  const fields = new SshReader(blob);
  fields.string(); // the type
  fields.string(); // the nonce
  const key = Array.from({ length: count }, () => writeString(fields.string()));
  const certificate = readBody(fields, blob);
  if (certificate === 'broken') return BROKEN;
  const plainType = name.startsWith('sk-') ? `${name}@openssh.com` : name;
  return { type: plainType, ...fingerprintsOf(Buffer.concat([writeString(plainType), ...key])), certificate };
}

/** What all types share, from the serial number to the signature over everything before it. */
function readBody(fields: SshReader, blob: Buffer): HostCertificate | 'broken' {
  fields.take(8); // the serial number
  const purpose = fields.number(4);
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
