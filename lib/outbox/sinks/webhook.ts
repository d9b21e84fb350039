import { createPoster, judgeStatus, type ReceiverParts } from '../receivers/index.js';
import type { Sink, SinkRecord } from './sink.js';

/** Where to, and how a batch is put together. */
export interface WebhookTarget {
  readonly use: 'webhook';
  readonly url: string;
  /** One JSON array, or one record a line. */
  readonly body: 'array' | 'lines';
}

/** Posts batches of records to an address. */
export function createWebhookSink({ url, body }: WebhookTarget, parts: ReceiverParts): Sink {
  return body === 'array'
    ? postingSink(url, parts, 'application/json', asArray)
    : postingSink(url, parts, 'application/x-ndjson', asLines);
}

/** Posts what `write` makes of records. Any 2xx accepts them; 400, 413 and 422 refuse them for ever. */
export function postingSink(
  url: string,
  parts: ReceiverParts,
  contentType: string,
  write: (records: readonly SinkRecord[]) => string,
): Sink {
  const poster = createPoster(url, parts);
  return {
    settleMs: 0,
    send: async (records, signal) => judgeStatus(await poster.post(write(records), contentType, signal)),
    close: poster.close,
  };
}

/** Records that are not JSON are strings in the array. */
function asArray(records: readonly SinkRecord[]): string {
  return `[${records.map(({ text, object }) => (object === 'none' ? JSON.stringify(text) : text)).join(',')}]`;
}

function asLines(records: readonly SinkRecord[]): string {
  return records.map(({ text }) => `${text}\n`).join('');
}
