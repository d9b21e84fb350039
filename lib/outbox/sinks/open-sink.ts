import { loadTransport, type TransportProblem } from '../receivers/index.js';
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

/** Makes the transports of a sink, one after another; rejects where one can no longer be made. */
export interface TransportLoader {
  readonly kind: 'loader';
  readonly load: SinkParts['loadTransport'];
}

/** Makes a transport for the sink that uses one, to find out whether that works, and gives that one first. */
export async function transportLoader(target: SinkTarget, folder: string): Promise<TransportLoader | TransportProblem> {
  if (target.use !== 'winston') return { kind: 'loader', load: () => Promise.reject(new Error('not a winston sink')) };
  const { transport, options } = target;
  const first = await loadTransport(transport, options, folder);
  if (first.kind === 'transport_problem') return first;
  const made = [first];
  const load: TransportLoader['load'] = async () => {
    const next = made.pop() ?? (await loadTransport(transport, options, folder));
    if (next.kind === 'transport_problem') throw new Error(next.detail);
    return next.transport;
  };
  return { kind: 'loader', load };
}
