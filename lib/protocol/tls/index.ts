/**
 * The part of TLS that is not encrypted, as bytes to facts: what a client says first, and the messages of a handshake
 * for the rooms that read on. It decrypts nothing, knows no key, and changes no byte.
 *
 * Refuses to know sockets, policy, users and time; whose certificate a handshake shows is known next door, in
 * `protocol/halibut`. Start at `hello.ts`; `flight.ts` is what all readers stand on.
 */
export { alert, type AlertDescription } from './alert.js';
export { Flight, mayBeRecord, RECORD, type FlightStep } from './flight.js';
export { CLIENT_HELLO_AT_MOST, readClientHello, type ClientHello } from './hello.js';
export { versionName } from './version.js';
