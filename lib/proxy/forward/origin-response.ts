import {
  endToEndFields,
  formatResponseHead,
  readResponseHead,
  type RequestHead,
  type ResponseHead,
} from '../../protocol/http/index.js';
import type { PumpLimits } from './pump.js';
import type { BufferedSocket } from '../socket/index.js';

/** What an origin sent. `closed`: it ended without a whole response head, after so many bytes of one. */
export type OriginResponse =
  | { readonly kind: 'response'; readonly head: ResponseHead }
  | { readonly kind: 'upgrade' | 'late' }
  | { readonly kind: 'closed'; readonly bytes: number }
  | { readonly kind: 'malformed'; readonly detail: string };

const SWITCHING_PROTOCOLS = 101;

/**
 * Reads the head of the origin's final response, strictly. Interim ones (RFC 9110 §15.2) are passed on to HTTP/1.1 clients.
 * The time limit starts when the request has been sent: a long upload is not a late response.
 */
export async function readOriginResponse(
  origin: BufferedSocket,
  client: BufferedSocket,
  { method, version }: RequestHead,
  uploading: () => boolean,
  limits: PumpLimits,
): Promise<OriginResponse> {
  for (;;) {
    const reading = readResponseHead(origin.held, method);
    if (reading.kind === 'malformed') return { kind: 'malformed', detail: `${reading.rule}: ${reading.detail}` };
    if (reading.kind === 'whole') {
      origin.consume(reading.length);
      const head = reading.value;
      if (head.status >= 200) return { kind: 'response', head };
      if (head.status === SWITCHING_PROTOCOLS) return { kind: 'upgrade' };
      if (version === '1.1') await client.send([interim(head)], limits.stalledMs);
      continue;
    }
    const waited = await origin.waitForMore(limits.readMs);
    if (waited === 'late' && !uploading()) return { kind: 'late' };
    if (waited === 'ended' || waited === 'gone') return { kind: 'closed', bytes: origin.held.length };
  }
}

function interim({ status, reason, fields }: ResponseHead): Buffer {
  const framing = { kind: 'none' } as const;
  return formatResponseHead({ status, reason, fields: endToEndFields(fields), framing, keepAlive: true });
}
