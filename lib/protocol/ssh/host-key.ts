import type { HostKey } from '../../attempt/index.js';
import { malformed, type Malformed } from '../index.js';
import { isCertificate, readCertificate } from './certificate.js';
import { fingerprintsOf } from './fingerprint.js';
import type { Negotiated } from './key-exchange.js';
import { SshReader } from './ssh-reader.js';

/** Algorithms that are named otherwise than the type of the key that they sign with: RFC 8332 §3, OpenSSH's PROTOCOL.u2f. */
const KEY_TYPES: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'ssh-rsa'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256-cert-v01@openssh.com', 'ssh-rsa-cert-v01@openssh.com'],
  ['rsa-sha2-512-cert-v01@openssh.com', 'ssh-rsa-cert-v01@openssh.com'],
  ['webauthn-sk-ecdsa-sha2-nistp256@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'],
]);

const NOT_REPLY = malformed('the message is not the reply of the key exchange that was agreed');
const BROKEN = malformed('the reply of the key exchange does not have the fields of one');
const OTHER_TYPE = malformed('the host key is not of the type that was agreed');

/**
 * Reads the host key out of the server's reply, which has the same fields in all methods (RFC 4253 §8, RFC 4419 §3, RFC 5656
 * §4). The signature covers the secret that both ends now share and cannot be checked from outside: the key is claimed. A
 * certificate has the fingerprints of the key it is for.
 */
export function readHostKeyReply(payload: Buffer, negotiated: Negotiated): HostKey | Malformed {
  const fields = new SshReader(payload);
  if (fields.number(1) !== negotiated.reply) return NOT_REPLY;
  const key = fields.string();
  const half = fields.string();
  const signature = fields.string();
  if (!fields.spent || half.length === 0 || signature.length === 0) return BROKEN;
  const type = KEY_TYPES.get(negotiated.hostKeyAlgorithm) ?? negotiated.hostKeyAlgorithm;
  const own = new SshReader(key);
  if (own.text() !== type || own.left === 0) return OTHER_TYPE;
  return isCertificate(type) ? readCertificate(key, type) : { type, ...fingerprintsOf(key), certificate: 'none' };
}
