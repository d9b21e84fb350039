/**
 * The kinds of sink, and how each confirms that it has records: a file, syslog, Splunk's collector, OpenTelemetry, a
 * webhook, any winston transport.
 *
 * It does not know the journal, when to try again, or the formats: a record comes here as a text. Start at `sink.ts`, then
 * `open-sink.ts`, which has the table of kinds.
 */
export { appendingSink } from './file.js';
export { openSink, type SinkTarget, transportLoader } from './open-sink.js';
export type { Sink, SinkParts, SinkRecord } from './sink.js';
export { createSyslogSink } from './syslog.js';
export { postingSink } from './webhook.js';
