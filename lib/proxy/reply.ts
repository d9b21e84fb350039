import type { Attempt } from '../attempt/index.js';
import { formatResponseHead, type Field, type RequestHead } from '../protocol/http/index.js';
import { refuseRequest, type Refusal } from './refusal/index.js';
import type { IncomingRequest, AfterRequest } from './context.js';
import type { BufferedSocket } from './socket/index.js';

/** Exactly 200, short, one write, no length (Halibut, SSH.NET and .NET all compare with 200; SSH.NET would eat a body). */
const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n', 'latin1');
const REALM = 'Basic realm="tidegate"';

/** Tells a tunnel's client that it is connected. A plain request is answered by its origin instead. */
export async function confirmTunnel(connection: BufferedSocket, attempt: Attempt, stalledMs: number): Promise<void> {
  if (attempt.intent.kind !== 'tunnel') return;
  connection.answered = true;
  await connection.send([ESTABLISHED], stalledMs);
}

/**
 * Asks for credentials: Basic only, since Octopus' clients do nothing else and .NET would prefer any other scheme that
 * were offered. The connection stays open for the second leg, unless bytes already follow that nobody may answer.
 */
export async function challenge(
  connection: BufferedSocket,
  head: RequestHead,
  id: string,
  stalledMs: number,
): Promise<AfterRequest> {
  const refusal: Refusal = { ...refuseRequest('credentials_rejected'), words: 'Proxy authentication required' };
  return await answer(connection, refusal, id, head.method, mayContinue(connection, head), stalledMs);
}

/**
 * Tells a refusal in one write: a whole head whose reason phrase says it all (laws 7 and 8), and the same in a short
 * text body for those who show bodies. A refused CONNECT ends the connection (rule H14), and so does an unread body.
 */
export async function sendRefusal(
  incoming: IncomingRequest,
  refusal: Refusal,
  id: string,
  stalledMs: number,
): Promise<AfterRequest> {
  const { connection, asked } = incoming;
  if (connection.gone) return 'over';
  if (connection.answered) {
    const { tunnelRefusal } = connection;
    if (tunnelRefusal !== 'none') await connection.send([tunnelRefusal(sentenceOf(refusal, id))], stalledMs);
    connection.close();
    return 'over';
  }
  if (asked.kind === 'refusal') return await answer(connection, refusal, id, 'GET', false, stalledMs);
  const { head } = asked;
  const keep = mayContinue(connection, head) && (head.method !== 'CONNECT' || refusal.status === 407);
  return await answer(connection, refusal, id, head.method, keep, stalledMs);
}

/** Whether another request can follow on this connection: nothing of this one is left unread. */
function mayContinue(connection: BufferedSocket, head: RequestHead): boolean {
  const nothingFollows = head.method !== 'CONNECT' || connection.held.length === 0;
  const { framing } = head;
  const noBody = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
  return head.keepAlive && noBody && nothingFollows;
}

/** The one sentence that people see, whatever protocol carries it (law 8). */
function sentenceOf({ words }: Refusal, id: string): string {
  return `${words} (attempt ${id})`;
}

async function answer(
  connection: BufferedSocket,
  refusal: Refusal,
  id: string,
  method: string,
  keepAlive: boolean,
  stalledMs: number,
): Promise<AfterRequest> {
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
  const sent = await connection.send(method === 'HEAD' ? [head] : [Buffer.concat([head, body])], stalledMs);
  if (sent === 'sent' && keepAlive) return 'again';
  connection.close();
  return 'over';
}
