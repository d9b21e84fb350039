import { errorMessage } from '../../system/index.js';
import { type Delivery, type LoadedTransport, unavailable } from '../receivers/index.js';
import type { SinkRecord, Sink } from './sink.js';

/** Which transport, its options, and what counts as its word that it has taken a record. */
export interface WinstonTarget {
  readonly use: 'winston';
  readonly transport: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** `logged`: the event that winston's own transports give. `callback`: that it asks for the next record. */
  readonly confirm: 'logged' | 'callback';
}

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');

/** Hands records to any winston transport, one after another. It is as sure as the transport's own word. */
export function createWinstonSink(
  { confirm }: WinstonTarget,
  load: () => Promise<LoadedTransport['transport']>,
  timeoutMs: number,
): Sink {
  let transport: LoadedTransport['transport'] | 'none' = 'none';
  const forget = (): void => {
    if (transport !== 'none') transport.destroy();
    transport = 'none';
  };
  return {
    settleMs: 0,
    send: async (records, signal) => {
      try {
        transport = transport === 'none' ? await listened(load) : transport;
        for (const each of records) await handOver(transport, each, confirm, timeoutMs, signal);
        return { kind: 'accepted' } satisfies Delivery;
      } catch (error) {
        // A transport that hangs takes nothing more, and what it still does with this record nobody knows: another one is made.
        forget();
        return unavailable(errorMessage(error));
      }
    },
    close: () => {
      if (transport !== 'none') transport.end();
      return Promise.resolve();
    },
  };
}

/** An error that comes when no record is under way must not be unheard, which would end the process. */
async function listened(load: () => Promise<LoadedTransport['transport']>): Promise<LoadedTransport['transport']> {
  const transport = await load();
  return transport.on('error', () => undefined);
}

/** Settles when the transport has said that it took the record, or fails with what it says instead. */
async function handOver(
  transport: LoadedTransport['transport'],
  { seq, id, text }: SinkRecord,
  confirm: WinstonTarget['confirm'],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const info = { level: 'info', message: text, id, seq, [LEVEL]: 'info', [MESSAGE]: text };
  const ending = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const on = (event: string, listener: (what: unknown) => void): void => {
        transport.on(event, listener);
        ending.signal.addEventListener('abort', () => transport.off(event, listener));
      };
      const failed = (what: unknown): void => reject(what instanceof Error ? what : new Error('the transport failed'));
      const late = setTimeout(() => reject(new Error(`the transport says nothing within ${timeoutMs} ms`)), timeoutMs);
      const stopped = (): void => reject(new Error('given up'));
      signal.addEventListener('abort', stopped);
      ending.signal.addEventListener('abort', () => {
        clearTimeout(late);
        signal.removeEventListener('abort', stopped);
      });
      // winston's own HTTP transport says `warn` where others say `error`.
      for (const event of ['error', 'warn']) on(event, failed);
      on('close', () => reject(new Error('the transport closed')));
      if (confirm === 'logged') on('logged', () => resolve());
      transport.write(info, (error) => (error ? reject(error) : confirm === 'callback' && resolve()));
    });
  } finally {
    ending.abort();
  }
}
