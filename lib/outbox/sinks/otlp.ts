import {
  type Delivery,
  judgeStatus,
  type PostAnswer,
  type Poster,
  printableExcerpt,
  unavailable,
} from '../receivers/index.js';
import { otlpRequest, readOtlpResponse } from './otlp-message.js';
import type { SenderIdentity, Sink } from './sink.js';

/** Which receiver: the whole address, as `https://collector.corp.example:4318/v1/logs`. */
export interface OtlpTarget {
  readonly use: 'otlp';
  readonly url: string;
}

/**
 * Sends records as OpenTelemetry log records, OTLP over HTTP in protobuf.
 *
 * A receiver that takes a request in part does not say which records it left out. The specification wants them dropped;
 * an audit trail cannot, so the batch counts as refused and is narrowed down to the records at fault.
 */
export function createOtlpSink(from: SenderIdentity, poster: Poster): Sink {
  return {
    settleMs: 0,
    send: async (records, signal) =>
      judge(await poster.post(otlpRequest(records, from), 'application/x-protobuf', signal)),
    close: () => {
      poster.close();
      return Promise.resolve();
    },
  };
}

function judge(answer: PostAnswer): Delivery {
  const judged = judgeStatus(answer);
  if (judged.kind !== 'accepted' || answer.kind !== 'answered') return judged;
  const told = readOtlpResponse(answer.body);
  if (told === 'malformed') return unavailable('answered, but not as OTLP');
  if (told.rejected === 0n) return judged;
  return { kind: 'refused', detail: `${told.rejected} records rejected: ${printableExcerpt(told.message, '')}` };
}
