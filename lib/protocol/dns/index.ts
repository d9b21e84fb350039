/**
 * DNS messages: a question to bytes, and the bytes of a reply to addresses, with the aliases that the same reply shows.
 *
 * What it refuses to know: sockets, servers, time and policy. It follows no alias beyond the message that it reads. The codec
 * is the library `dns-packet`. Start at `message.ts`.
 */
export { encodeQuery } from './message.js';
export type { Question, QueryForm, QuestionType } from './message.js';
export { readReply } from './reply.js';
export type { AddressRecord, FinalReply, Reply } from './reply.js';
