/**
 * What Octopus and its Tentacles prove about themselves inside TLS, and how Octopus writes it. Knows no sockets, policy or
 * time. Start at `thumbprint.ts`.
 */
export { readThumbprint, type ThumbprintReading } from './thumbprint.js';
