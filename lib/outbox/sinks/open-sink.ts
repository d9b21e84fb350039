import type { LookupFunction } from 'node:net';
import { loadTransport, type TransportProblem } from '../receivers/index.js';
import { createFileSink, type FileTarget } from './file.js';
import { createOtlpSink, type OtlpTarget } from './otlp.js';
import type { Sink, SinkParts } from './sink.js';
import { createHecSink, type HecTarget } from './splunk-hec.js';
import { createSyslogSink, type SyslogTarget } from './syslog.js';
import { createWebhookSink, type WebhookTarget } from './webhook.js';
import { createWinstonSink, type WinstonTarget } from './winston.js';

/** Where a sink's records go, by its kind. */
export type SinkTarget = FileTarget | SyslogTarget | HecTarget | OtlpTarget | WebhookTarget | WinstonTarget;

/**
 * Makes a sink. Nothing is dialled or opened before its first record. `onLost` is called when a receiver that had accepted
 * records went away.
 */
export function openSink(target: SinkTarget, parts: SinkParts, onLost: () => void): Sink {
  switch (target.use) {
    case 'file':
      return createFileSink(target, parts);
    case 'syslog':
      return createSyslogSink(target, parts, onLost);
    case 'splunk-hec':
      return createHecSink(target, parts);
    case 'otlp':
      return createOtlpSink(target, parts);
    case 'webhook':
      return createWebhookSink(target, parts);
    case 'winston':
      return createWinstonSink(target, parts);
  }
}

/**
 * Makes a transport for the sink that uses one, to find out whether that works. The loader gives that one first, then new
 * ones; it rejects where one can no longer be made.
 */
export async function transportLoader(
  target: SinkTarget,
  folder: string,
  lookup: LookupFunction,
): Promise<SinkParts['loadTransport'] | TransportProblem> {
  if (target.use !== 'winston') return () => Promise.reject(new Error('not a winston sink'));
  const { transport, options } = target;
  const first = await loadTransport(transport, options, folder, lookup);
  if (first.kind === 'transport_problem') return first;
  const made = [first];
  return async () => {
    const next = made.pop() ?? (await loadTransport(transport, options, folder, lookup));
    if (next.kind === 'transport_problem') throw new Error(next.detail);
    return next.transport;
  };
}
