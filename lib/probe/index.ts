/**
 * Probes: handshakes over a given connection, and a cache of what they showed, for identities that encryption hides. Knows
 * no policy, no record and no client, dials nothing and sends no log-in. Start at `handshake.ts`, then `certificate.ts` for
 * TLS and `host-key.ts` for SSH.
 */
export { probeCertificate } from './certificate.js';
export type { ProbedCertificate } from './certificate.js';
export type { ProbeFailed } from './handshake.js';
export { probeHostKey } from './host-key.js';
export type { ProbedHostKey } from './host-key.js';
export { ProbeCache } from './cache.js';
export type { ProbeSubject } from './cache.js';
