import { createFileSink } from './file.js';
import { createOtlpSink } from './otlp.js';
import type { Sink, SinkParts } from './sink.js';
import { createHecSink } from './splunk-hec.js';
import { createSyslogSink } from './syslog.js';
import { createWebhookSink } from './webhook.js';
import { createWinstonSink } from './winston.js';

/** Every kind of sink, by the word that the configuration uses for it. */
const KINDS = {
  file: createFileSink,
  syslog: createSyslogSink,
  'splunk-hec': createHecSink,
  otlp: createOtlpSink,
  webhook: createWebhookSink,
  winston: createWinstonSink,
};

type Targets = { readonly [Use in keyof typeof KINDS]: Parameters<(typeof KINDS)[Use]>[0] };

/** Where a sink's records go, by its kind. */
export type SinkTarget = Targets[keyof Targets];

type Open<Target> = (target: Target, parts: SinkParts, onLost: () => void) => Sink;

/**
 * Makes a sink. Nothing is dialled or opened before its first record. `onLost` is called when a receiver that had accepted
 * records went away.
 */
export function openSink(target: SinkTarget, parts: SinkParts, onLost: () => void): Sink {
  return openKind(target.use, target, parts, onLost);
}

function openKind<Use extends keyof Targets>(
  use: Use,
  target: Targets[Use],
  parts: SinkParts,
  onLost: () => void,
): Sink {
  const openers: { readonly [Each in keyof Targets]: Open<Targets[Each]> } = KINDS;
  return openers[use](target, parts, onLost);
}
