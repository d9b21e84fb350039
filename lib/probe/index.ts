/**
 * Own handshakes over a connection that somebody else has opened, and a memory of what they showed: who really answers at
 * an address, where the wire does not say. Knows no policy, no record and no client, dials nothing and sends no log-in.
 * What it answers has been proven: the key of what is shown has signed, or deciphered, this very handshake. Start at
 * `handshake.ts`, then `certificate.ts` for TLS and `host-key.ts` for SSH.
 */
export { probeCertificate } from './certificate.js';
export type { ProbedCertificate } from './certificate.js';
export type { ProbeFailed } from './handshake.js';
export { probeHostKey } from './host-key.js';
export type { ProbedHostKey } from './host-key.js';
export { ProbeCache } from './cache.js';
export type { ProbeSubject } from './cache.js';
