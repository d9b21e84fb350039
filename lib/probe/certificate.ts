import { constants, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Certificate } from '../attempt/index.js';
import { errorCode } from '../system/index.js';
import { closedBy, failed, handshake, type ProbeFailed } from './handshake.js';

/** A certificate whose key took part in a probe. */
export interface ProbedCertificate {
  readonly kind: 'certificate';
  readonly identity: Certificate;
  /** SHA-256 of the DER, 64 upper-case hex digits. */
  readonly sha256: string;
  /** As the certificate says it, such as `CN=Octopus Tentacle`: a stranger's words. */
  readonly subject: string;
  /** Such as `TLSv1.2`. */
  readonly version: string;
  /** Kind and size of its key, such as `RSA 2048`. */
  readonly key: string;
}

/**
 * What even old Tentacles speak: TLS 1.0 and signatures by SHA-1 are for them. The connection carries nothing worth
 * guarding, and trust is decided by the thumbprint. Finite-field Diffie-Hellman is left out, since the server
 * chooses the group there and with it how long we calculate.
 */
const CIPHERS = 'DEFAULT:!kDHE:@SECLEVEL=0';

/**
 * Probes a connected socket by a TLS handshake without a client certificate, as Octopus' discovery does.
 *
 * The certificate is not judged. What is answered has been proven: in TLS 1.3 by CertificateVerify (RFC 8446 §4.4.3), up
 * to TLS 1.2 by the signature over the key exchange (RFC 8422 §5.4), or, where RSA carries the key, by a whole handshake.
 * A server that wants a client certificate ends the handshake after that signature; where RSA carries the key, it has
 * proven nothing by then, and that is a failure. Closes the socket in every case, never throws.
 *
 * The signature up to TLS 1.2 is not over the certificate: where the handshake ends after it, a machine in the middle could
 * have put another certificate of the same key there. That can make a listed thumbprint mismatch, never match.
 */
export function probeCertificate(
  socket: Socket,
  serverName: string | 'none',
  { budgetMs }: { readonly budgetMs: number },
): Promise<ProbedCertificate | ProbeFailed> {
  return handshake<ProbedCertificate>(socket, budgetMs, ({ settle, keep, giveUp, over }) => {
    const secure = connect({
      socket,
      servername: serverName === 'none' ? '' : serverName,
      rejectUnauthorized: false,
      // Never to be asked whether the name fits: odd alternative names would make Node's own check throw.
      checkServerIdentity: () => undefined,
      minVersion: 'TLSv1',
      ciphers: CIPHERS,
      secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    });
    over.add(() => secure.destroySoon());
    secure.on('keylog', (line: Buffer) => {
      if (!hasSigned(secure, line)) return;
      const shown = read(secure);
      if (shown.kind === 'certificate') keep(shown);
    });
    secure.once('secureConnect', () => settle(read(secure)));
    secure.on('error', (error: Error) => {
      const failure = failureOf(error);
      // What OpenSSL itself finds wrong with the handshake undoes what was kept.
      if (failure.why === 'unproven') settle(failure);
      else giveUp(failure);
    });
    secure.once('end', () => giveUp(failed('closed', 'the connection was closed during the TLS handshake')));
  });
}

/**
 * Whether the server has signed the key exchange although the handshake is not whole. Up to TLS 1.2, OpenSSL logs
 * CLIENT_RANDOM while it makes the client's Finished: after it has checked that signature, if there was one. There was in
 * `TLS_ECDHE_…`, where the server's half is known too; where RSA carries the key there was none, and no such half.
 */
function hasSigned(secure: TLSSocket, keyLogLine: Buffer): boolean {
  if (!keyLogLine.toString('latin1').startsWith('CLIENT_RANDOM ')) return false;
  const half = secure.getEphemeralKeyInfo() ?? {};
  // Of no half Node 20 says `{}`, and Node 24 `{ type: undefined }`.
  return secure.getCipher().standardName.startsWith('TLS_ECDHE_') && 'type' in half && half.type === 'ECDH';
}

function read(secure: TLSSocket): ProbedCertificate | ProbeFailed {
  try {
    return certificateOf(secure);
  } catch (error) {
    // OpenSSL has read it once already; a part that it cannot show now must not end the process.
    return failed('unproven', `the certificate cannot be read: ${String(error)}`);
  }
}

function certificateOf(secure: TLSSocket): ProbedCertificate | ProbeFailed {
  // Not getPeerX509Certificate: in Node 20 it takes the certificate away, and the second time there is none.
  const { raw } = secure.getPeerCertificate();
  if (!Buffer.isBuffer(raw)) return failed('unproven', 'the server showed no certificate');
  const certificate = new X509Certificate(raw);
  const notBefore = Date.parse(certificate.validFrom);
  const notAfter = Date.parse(certificate.validTo);
  if (Number.isNaN(notBefore + notAfter)) return failed('unproven', 'the certificate has no readable validity');
  return {
    kind: 'certificate',
    identity: { thumbprint: bare(certificate.fingerprint), notBefore, notAfter },
    sha256: bare(certificate.fingerprint256),
    subject: certificate.subject.replaceAll('\n', ', '),
    version: secure.getProtocol() ?? 'unknown',
    key: keyOf(certificate),
  };
}

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}

function keyOf(certificate: X509Certificate): string {
  try {
    const { asymmetricKeyType = 'unknown', asymmetricKeyDetails } = certificate.publicKey;
    const size = asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength;
    return [asymmetricKeyType.toUpperCase(), ...(size === undefined ? [] : [String(size)])].join(' ');
  } catch {
    return 'unknown'; // a kind of key that OpenSSL does not know; only shown to people
  }
}

/** OpenSSL's codes for bytes that are not a TLS record. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_HTTP_REQUEST',
]);

/** Alerts by which the server says that it saw another handshake than we did (RFC 8446 §6.2). */
const CHANGED = /_ALERT_(DECRYPT_ERROR|BAD_RECORD_MAC)$/;

function failureOf(error: Error): ProbeFailed {
  const code = errorCode(error);
  if (NO_TLS.has(code)) return failed('not_this_protocol', 'the destination does not speak TLS');
  if (!code.startsWith('ERR_SSL_')) return failed('closed', closedBy(error));
  const reason = 'reason' in error ? String(error.reason) : code;
  if (CHANGED.test(code)) return failed('unproven', `the TLS handshake was changed in transit: ${reason}`);
  if (/_ALERT_/.test(code)) return failed('refused', `the server ended the TLS handshake: ${reason}`);
  return failed('unproven', `the TLS handshake failed: ${reason}`);
}
