import {
  createPoster,
  type Delivery,
  judgeStatus,
  type PostAnswer,
  printableExcerpt,
  type ReceiverParts,
  unavailable,
} from '../receivers/index.js';
import { loadOtlpCodec, type OtlpCodec, type OtlpEncoding } from './otlp-codec.js';
import type { Sink } from './sink.js';

/** Which receiver: the whole address, as `https://collector.corp.example:4318/v1/logs`, and how requests are written. */
export interface OtlpTarget {
  readonly use: 'otlp';
  readonly url: string;
  readonly encoding: OtlpEncoding;
}

/**
 * Sends records as OpenTelemetry log records: OTLP over HTTP.
 *
 * A receiver that takes a request in part does not say which records it left out. The specification wants them dropped;
 * an audit trail cannot, so the batch counts as refused and is narrowed down to the records at fault.
 */
export function createOtlpSink({ url, encoding }: OtlpTarget, parts: ReceiverParts): Sink {
  const poster = createPoster(url, parts);
  let loaded: OtlpCodec | 'not_loaded' = 'not_loaded';
  return {
    settleMs: 0,
    send: async (records, signal) => {
      const codec = loaded === 'not_loaded' ? await loadOtlpCodec(encoding, parts.from) : loaded;
      loaded = codec;
      return deliveryOf(await poster.post(codec.encode(records), codec.contentType, signal), codec);
    },
    close: poster.close,
  };
}

function deliveryOf(answer: PostAnswer, { decode }: OtlpCodec): Delivery {
  const judged = judgeStatus(answer);
  if (judged.kind !== 'accepted' || answer.kind !== 'answered') return judged;
  const partial = decode(answer.body);
  if (partial === 'malformed') return unavailable('the answer is not an OTLP response');
  if (partial.rejected === 0) return judged;
  const reason = printableExcerpt(partial.message, '');
  return { kind: 'refused', detail: `partial success, ${partial.rejected} rejected: ${reason}` };
}
