/**
 * SSH's transport as bytes, up to the host key (RFC 4253): identifications, packets before encryption, what key exchange
 * two ends agree on, the key or certificate in the server's reply with its fingerprints, and what tidegate says itself.
 * Strict where clients differ, so that no server can show one key here and another to its client.
 *
 * Refuses to know sockets, policy and time, and everything after the keys. What it reads is what was claimed: the
 * signature that proves it covers a secret of the two ends. Start at `identification.ts`, then `key-exchange.ts` and
 * `host-key.ts`; `ssh-reader.ts` reads SSH's data types for all.
 */
export { fingerprintsOf, readFingerprint } from './fingerprint.js';
export type { HostKeyPin } from './fingerprint.js';
export { readHostKeyReply } from './host-key.js';
export { identificationReader, readIdentification } from './identification.js';
export type { Identification } from './identification.js';
export { KEXINIT, negotiate, readKeyExchangeInit } from './key-exchange.js';
export type { KeyExchangeInit, Negotiated } from './key-exchange.js';
export { disconnect, DISCONNECT_REASONS, isBeforeKeys, OUR_IDENTIFICATION } from './messages.js';
export { readPacket } from './packet.js';
