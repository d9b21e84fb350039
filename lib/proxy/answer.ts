import type { Attempt } from '../attempt/index.js';
import { formatResponseHead, type Field, type RequestHead } from '../protocol/http/index.js';
import { turnAway, type Refusal } from './refusal/index.js';
import type { Arrival, Next } from './stages.js';
import type { Wire } from './wire/index.js';

/** Exactly 200, short, one write, no length (Halibut, SSH.NET and .NET all compare with 200; SSH.NET would eat a body). */
const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n', 'latin1');
const REALM = 'Basic realm="tidegate"';

/** Tells a tunnel's client that it is connected. A plain request is answered by its origin instead. */
export async function welcome(wire: Wire, attempt: Attempt, stalledMs: number): Promise<void> {
  if (attempt.intent.kind !== 'tunnel') return;
  wire.answered = true;
  await wire.send([ESTABLISHED], stalledMs);
}

/**
 * Asks for credentials: Basic only, since Octopus' clients do nothing else and .NET would prefer any other scheme that
 * were offered. The connection stays open for the second leg, unless bytes already follow that nobody may answer.
 */
export async function challenge(wire: Wire, head: RequestHead, id: string, stalledMs: number): Promise<Next> {
  const refusal: Refusal = { ...turnAway('credentials_rejected'), words: 'Proxy authentication required' };
  return await answer(wire, refusal, id, head.method, mayContinue(wire, head), stalledMs);
}

/**
 * Tells a refusal in one write: a whole head whose reason phrase says it all (laws 7 and 8), and the same in a short
 * text body for those who show bodies. A refused CONNECT ends the connection (rule H14), and so does an unread body.
 */
export async function tell(arrival: Arrival, refusal: Refusal, id: string, stalledMs: number): Promise<Next> {
  const { wire, asked } = arrival;
  if (wire.gone) return 'over';
  if (wire.answered) {
    const { farewell } = wire;
    if (farewell !== 'none') await wire.send([farewell(sentenceOf(refusal, id))], stalledMs);
    wire.close();
    return 'over';
  }
  if (asked.kind === 'refusal') return await answer(wire, refusal, id, 'GET', false, stalledMs);
  const { head } = asked;
  const keep = mayContinue(wire, head) && (head.method !== 'CONNECT' || refusal.status === 407);
  return await answer(wire, refusal, id, head.method, keep, stalledMs);
}

/** Whether another request can follow on this connection: nothing of this one is left unread. */
function mayContinue(wire: Wire, head: RequestHead): boolean {
  const nothingFollows = head.method !== 'CONNECT' || wire.held.length === 0;
  const { framing } = head;
  const noBody = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
  return head.keepAlive && noBody && nothingFollows;
}

/** The one sentence that people see, whatever protocol carries it (law 8). */
function sentenceOf({ words }: Refusal, id: string): string {
  return `${words} (attempt ${id})`;
}

async function answer(
  wire: Wire,
  refusal: Refusal,
  id: string,
  method: string,
  keepAlive: boolean,
  stalledMs: number,
): Promise<Next> {
  const sentence = sentenceOf(refusal, id);
  const body = Buffer.from(`tidegate: ${sentence}\n`, 'latin1');
  const fields: Field[] = [
    ['Content-Type', 'text/plain; charset=us-ascii'],
    ['Cache-Control', 'no-store'],
    ['Proxy-Status', `tidegate; error=${refusal.code}`],
    ['X-Tidegate-Attempt', id],
  ];
  if (refusal.status === 407) fields.push(['Proxy-Authenticate', REALM]);
  const framing = { kind: 'length', length: body.length } as const;
  const head = formatResponseHead({ status: refusal.status, reason: sentence, fields, framing, keepAlive });
  const sent = await wire.send(method === 'HEAD' ? [head] : [Buffer.concat([head, body])], stalledMs);
  if (sent === 'sent' && keepAlive) return 'again';
  wire.close();
  return 'over';
}
