import { createHash } from 'node:crypto';
import type { HostKey } from '../../attempt/index.js';
import { malformed, type PinReading } from '../index.js';

/** What a rule demands of a host: this very key, or a certificate by this authority. */
export interface HostKeyPin {
  readonly marker: 'key' | 'authority';
  readonly form: 'sha256' | 'md5';
  /** In the form of {@link fingerprintsOf}, so that it can be compared as text. */
  readonly text: string;
}

const AUTHORITY = /^@cert-authority +/;
/** The last of 43 digits holds 4 bits and two zeros: 32 bytes are 256 bits. */
const SHA256 = /^(?:SHA256|sha256):([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])=?$/;
const MD5 = /^(?:MD5:)?([0-9a-f]{2}(?::[0-9a-f]{2}){15})$/i;

/** The fingerprints of a key as it goes over the wire, as `ssh-keygen -l` writes them. */
export function fingerprintsOf(key: Buffer): Pick<HostKey, 'sha256' | 'md5'> {
  return {
    sha256: `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`,
    md5: `MD5:${createHash('md5')
      .update(key)
      .digest('hex')
      .replace(/..(?!$)/g, '$&:')}`,
  };
}

/**
 * Reads a fingerprint as people copy it: `SHA256:` and 43 digits of base64, or 16 hex bytes with colons between, with or
 * without `MD5:` (older versions of Octopus show none); `@cert-authority` before it, as in OpenSSH's known_hosts, makes it
 * that of an authority.
 */
export function readFingerprint(text: string): PinReading<HostKeyPin> {
  const marker = AUTHORITY.test(text) ? 'authority' : 'key';
  const fingerprint = text.replace(AUTHORITY, '');
  const sha256 = SHA256.exec(fingerprint)?.[1];
  if (sha256 !== undefined) return { kind: 'value', value: { marker, form: 'sha256', text: `SHA256:${sha256}` } };
  const md5 = MD5.exec(fingerprint)?.[1];
  if (md5 !== undefined) return { kind: 'value', value: { marker, form: 'md5', text: `MD5:${md5.toLowerCase()}` } };
  return malformed(fingerprintProblem(fingerprint));
}

function fingerprintProblem(text: string): string {
  if (/^SHA256:/i.test(text)) return 'SHA256: must be followed by 43 characters of base64 (32 bytes)';
  if (/^MD5:/i.test(text)) return 'MD5: must be followed by 16 bytes of two hexadecimal digits, with colons between';
  if (/^(?:ssh|ecdsa|sk)-\S+ AAAA/.test(text)) return 'is a key; use its fingerprint, which ssh-keygen -lf shows';
  if (/ SHA256:| MD5:/.test(text))
    return 'has more than a fingerprint; use only the part from SHA256: or MD5: to the space';
  return 'is not a fingerprint; use SHA256: and 43 characters, or MD5: and 16 bytes in hexadecimal';
}
