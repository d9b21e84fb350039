/**
 * How bytes get to other systems that the configuration names: posts over HTTP, framed messages over TCP or TLS, files,
 * winston transports; and whether they took them. Nothing that a client says reaches a receiver as its address.
 *
 * It does not know what the bytes mean or when to try again. Start at `delivery.ts`, then `http-post.ts`, `frame-sender.ts`
 * and `file-appender.ts`.
 */
export { type Delivery, printableExcerpt, unavailable } from './delivery.js';
export { createFileAppender } from './file-appender.js';
export { FrameSender } from './frame-sender.js';
export { createPoster, judgeStatus, type PostAnswer, type Poster } from './http-post.js';
export { openReceiver, type ReceiverConfig, type ReceiverParts, type SenderIdentity } from './receiver-parts.js';
export type { SecretSource } from './secret.js';
export { syslogMessage } from './syslog-message.js';
export type { Trust, TrustFiles } from './trust.js';
export { LostLines } from '../rotating-file/index.js';
export { type LoadedTransport, loadTransport, type TransportProblem, transportTo } from './winston-transport.js';
