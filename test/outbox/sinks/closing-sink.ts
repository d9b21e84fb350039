/** Sends one record to a sink, closes it, and has nothing else to do: a program that must end by itself. */
import { loadTransport } from '../../../lib/outbox/receivers/index.js';
import { openSink, type SinkParts, type SinkRecord, type SinkTarget } from '../../../lib/outbox/sinks/index.js';
import { localLookup } from '../../fixtures/local-lookup.js';

export const record: SinkRecord = {
  seq: 1,
  id: 'A'.repeat(43),
  time: '2026-01-31T23:59:59.999Z',
  kind: 'decision',
  boot: '0123456789abcdef',
  text: '{"seq":1}',
  object: { seq: 1 },
};

/** What any sink needs, a transport of winston included. */
export function partsFor(target: SinkTarget): SinkParts {
  return {
    from: { version: '1.2.3', host: 'egress-1' },
    timeoutMs: 60_000,
    trust: 'plain',
    headers: {},
    secret: 'none',
    lookup: localLookup,
    loadTransport: async () => {
      const loaded =
        target.use === 'winston' ? await loadTransport(target.transport, target.options, '/', localLookup) : 'none';
      if (loaded === 'none' || loaded.kind !== 'transport') throw new Error('no transport');
      return loaded.transport;
    },
  };
}

if (process.argv[2] === 'run') {
  const target = JSON.parse(process.argv[3] ?? '') as SinkTarget;
  const sink = openSink(target, partsFor(target), () => undefined);
  const { kind } = await sink.send([record], new AbortController().signal);
  await sink.close();
  process.stdout.write(kind);
}
