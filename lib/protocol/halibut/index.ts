/**
 * Who a TLS handshake shows its two ends to be, as Octopus knows them: by the thumbprints of their certificates. Halibut,
 * the protocol between Octopus and a Tentacle, is TLS in which each end knows the other's thumbprint, and trusts no
 * authority; so no chain, name or date is judged here.
 *
 * It only looks on: what TLS 1.3 or a resumed session hides stays hidden, and is said to be. Refuses to know sockets,
 * policy and time. Start at `server.ts`; `client.ts` is the other end, `signature.ts` what makes a claim a proof.
 */
export { readClientAnswer, type ClientAnswer } from './client.js';
export { readServerAnswer, type ServerAnswer } from './server.js';
export { readThumbprint, thumbprintOf } from './thumbprint.js';
