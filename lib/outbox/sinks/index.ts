/**
 * The places records can be shipped to, and how each says that it has them: a file, syslog, Splunk's collector,
 * OpenTelemetry, a webhook, any winston transport.
 *
 * What it refuses to know: the journal, when to try again, and the formats: a record comes here as a text. Start at
 * `sink.ts`, then `make-sink.ts`.
 */
export { sinkMaker, type SinkParts, type SinkTarget } from './make-sink.js';
export type { SenderIdentity, SinkRecord, Sink } from './sink.js';
