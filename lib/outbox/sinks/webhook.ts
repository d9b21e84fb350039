import { judgeStatus, type Poster } from '../receivers/index.js';
import type { SinkRecord, Sink } from './sink.js';

/** Where to, and how a batch is put together. */
export interface WebhookTarget {
  readonly use: 'webhook';
  readonly url: string;
  /** One JSON array, or one record a line. */
  readonly body: 'array' | 'lines';
}

/** Posts batches of records to an address. Any 2xx means that they are taken, 400, 413 and 422 that they never will be. */
export function createWebhookSink({ body }: WebhookTarget, poster: Poster): Sink {
  const [write, type] =
    body === 'array' ? ([asArray, 'application/json'] as const) : ([asLines, 'application/x-ndjson'] as const);
  return {
    settleMs: 0,
    send: async (records, signal) => judgeStatus(await poster.post(write(records), type, signal)),
    close: () => {
      poster.close();
      return Promise.resolve();
    },
  };
}

/** Records that are no JSON stand in the array as texts. */
function asArray(records: readonly SinkRecord[]): string {
  return `[${records.map(({ text, object }) => (object === 'none' ? JSON.stringify(text) : text)).join(',')}]`;
}

function asLines(records: readonly SinkRecord[]): string {
  return records.map(({ text }) => `${text}\n`).join('');
}
