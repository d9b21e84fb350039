import { Refused, refuseFailed } from '../refusal/index.js';
import type { AfterRequest } from '../socket/index.js';
import { Exchange, type ClearedUpstream, type ForwardContext, type ForwardedRequest } from './exchange.js';

/**
 * Sends the rebuilt request to its origin and the rebuilt response to the client; bodies flow both ways at once. Either
 * side's end closes both. An origin that fails before its response is a refusal; one that fails within it has the client's
 * connection reset, so that half a response is never taken for a whole one.
 */
export async function forward(
  request: ForwardedRequest,
  cleared: ClearedUpstream,
  context: ForwardContext,
): Promise<AfterRequest> {
  let after = await new Exchange(request, cleared, context).run();
  if (after === 'dead' && cleared.upstream.reused) {
    after = await new Exchange(request, await request.redial(), context).run();
  }
  if (after === 'dead') throw new Refused(refuseFailed('connection_terminated', 'closed before any response'));
  return after;
}
