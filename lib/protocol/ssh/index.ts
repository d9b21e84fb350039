/**
 * What an SSH key exchange shows, and how OpenSSH writes it. Knows no sockets, policy or time. Start at `fingerprint.ts`.
 */
export { readFingerprint, type FingerprintReading, type HostKeyPin } from './fingerprint.js';
