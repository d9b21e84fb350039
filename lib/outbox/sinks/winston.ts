import { errorMessage, within } from '../../system/index.js';
import { type LoadedTransport, unavailable } from '../receivers/index.js';
import type { Sink, SinkParts, SinkRecord } from './sink.js';

/** Which transport, its options, and what confirms that it has taken a record. */
export interface WinstonTarget {
  readonly use: 'winston';
  readonly transport: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** `logged`: the event that winston's own transports emit. `callback`: that it asks for the next record. */
  readonly confirm: 'logged' | 'callback';
}

type Transport = LoadedTransport['transport'];

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const END_MS = 500;

/** Hands records to any winston transport, one after another. It is as reliable as the transport's own confirmation. */
export function createWinstonSink(
  { confirm }: WinstonTarget,
  { loadTransport, timeoutMs }: Pick<SinkParts, 'loadTransport' | 'timeoutMs'>,
): Sink {
  let transport: Transport | 'none' = 'none';
  const release = (): void => {
    // A logger would call `close`, where transports give up what they hold; `destroy` is for the stream that they are.
    if (transport !== 'none') transport.close?.();
    if (transport !== 'none') transport.destroy();
    transport = 'none';
  };
  return {
    settleMs: 0,
    send: async (records, signal) => {
      try {
        // Without a listener, an error between two records would end the process.
        if (transport === 'none') transport = (await loadTransport()).on('error', () => undefined);
        for (const each of records) await write(transport, each, confirm, timeoutMs, signal);
        return { kind: 'accepted' };
      } catch (error) {
        // A transport that hangs takes nothing more, and may still do something with this record: another one is made.
        release();
        return unavailable(errorMessage(error));
      }
    },
    close: async () => {
      const ending = transport;
      if (ending !== 'none') await within(new Promise<void>((resolve) => ending.end(resolve)), END_MS, 'late');
      release();
    },
  };
}

/** Settles when the transport has confirmed the record; rejects with its error instead. */
function write(
  transport: Transport,
  { seq, id, text }: SinkRecord,
  confirm: WinstonTarget['confirm'],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const info = { level: 'info', message: text, id, seq, [LEVEL]: 'info', [MESSAGE]: text };
  const ending = new AbortController();
  return new Promise<void>((resolve, reject) => {
    const on = (event: string, listener: (what: unknown) => void): void => {
      transport.on(event, listener);
      ending.signal.addEventListener('abort', () => transport.off(event, listener));
    };
    const failed = (what: unknown): void => reject(what instanceof Error ? what : new Error('transport failed'));
    const late = setTimeout(() => reject(new Error(`no confirmation within ${timeoutMs} ms`)), timeoutMs);
    ending.signal.addEventListener('abort', () => clearTimeout(late));
    signal.addEventListener('abort', () => reject(new Error('stopped')), { signal: ending.signal });
    // winston's own HTTP transport emits `warn` where others emit `error`.
    for (const event of ['error', 'warn']) on(event, failed);
    on('close', () => reject(new Error('transport closed')));
    if (confirm === 'logged') on('logged', () => resolve());
    transport.write(info, (error) => (error ? reject(error) : confirm === 'callback' && resolve()));
  }).finally(() => ending.abort());
}
