/**
 * Bytes to another system, and whether it took them: posts over HTTP, and framed messages over TCP or TLS, to receivers
 * that the configuration names. Nothing here is ever sent on a client's word.
 *
 * What it refuses to know: what the bytes mean, when to try again, and where it stood. Start at `delivery.ts`, then
 * `post.ts` and `frames.ts`.
 */
export { type Delivery, printableExcerpt, unavailable } from './delivery.js';
export { createFrameSender, type FrameSender, type FrameTarget } from './frame-sender.js';
export { createPoster, judgeStatus, type PostAnswer, type Poster, type PostTarget } from './http-post.js';
export { type Secret, secretInFile } from './secret.js';
export { octetCounted, type SyslogHeader, syslogMessage } from './syslog-message.js';
export { ordinaryTrust, readTrust, type Trust, type TrustFiles } from './trust.js';
export { type LoadedTransport, loadTransport, type TransportProblem, transportTo } from './winston-transport.js';
