/**
 * Peers that have gone without Node noticing: it does not hear a reset on a socket that it does not read, and the system
 * retries for a quarter of an hour where bytes are not acknowledged. Knows sockets only, not attempts or policies. Start
 * at `gone-peers.ts`.
 */
export { GonePeers, type Side } from './gone-peers.js';
