import type { IncomingRequest, ProxyContext } from './context.js';
import { formatResponseHead, type Field, type RequestHead } from '../protocol/http/index.js';
import { refuseRequest, type Refusal } from './refusal/index.js';
import type { AfterRequest, BufferedSocket } from './socket/index.js';

/** Exactly 200, short, one write, no length (Halibut, SSH.NET and .NET all compare with 200; SSH.NET would eat a body). */
const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n', 'latin1');
const REALM = 'Basic realm="tidegate"';

/** Confirms to a tunnel's client that the tunnel is connected. */
export async function confirmTunnel(connection: BufferedSocket, stalledMs: number): Promise<void> {
  connection.answered = true;
  await connection.send([ESTABLISHED], stalledMs);
}

/**
 * Asks for credentials: Basic only, since Octopus' clients support nothing else and .NET would prefer any other scheme.
 * The connection stays open for the second request, unless unread bytes follow the first.
 */
export const CHALLENGE: Refusal = {
  ...refuseRequest('credentials_rejected'),
  message: 'Proxy authentication required',
};

/**
 * Sends a refusal to the client in one write: as an HTTP response whose reason phrase says it all (laws 7 and 8), with the
 * same text as its body, or in the tunnel's own protocol. A challenge names no attempt, as there is no record of one.
 */
export async function sendRefusal(
  { connection, parsed }: IncomingRequest,
  refusal: Refusal,
  id: string,
  { contact, times: { stalled } }: Pick<ProxyContext, 'contact' | 'times'>,
): Promise<AfterRequest> {
  if (connection.gone) return 'close';
  // The one text that people see, whatever protocol carries it (law 8).
  const reason = reasonOf(refusal, id, contact);
  if (connection.answered) {
    const { tunnelRefusal } = connection;
    if (tunnelRefusal !== 'none') await connection.send([tunnelRefusal(reason)], stalled);
    connection.close();
    return 'close';
  }
  const keepAlive = parsed.kind === 'request' && canContinue(connection, parsed.head, refusal);
  const body = Buffer.from(`tidegate: ${reason}\n`, 'latin1');
  const head = responseHead(refusal, reason, id, { keepAlive, length: body.length });
  const withoutBody = parsed.kind === 'request' && parsed.head.method === 'HEAD';
  const { kind } = await connection.send(withoutBody ? [head] : [Buffer.concat([head, body])], stalled);
  if (kind === 'sent' && keepAlive) return 'keep_open';
  connection.close();
  return 'close';
}

/** What happened, and in parentheses the attempt, if there is a record of it, and who to ask. */
function reasonOf(refusal: Refusal, id: string, contact: string | 'none'): string {
  const who = refusal.contact === 'none' ? contact : refusal.contact;
  const attempt = refusal === CHALLENGE ? 'none' : `attempt ${id}`;
  const more = [attempt, who].filter((each) => each !== 'none');
  return more.length === 0 ? refusal.message : `${refusal.message} (${more.join(', ')})`;
}

/** Whether another request can follow: nothing of this one is left unread. A refused CONNECT ends the connection (H14). */
function canContinue({ held }: BufferedSocket, head: RequestHead, { status }: Refusal): boolean {
  const { framing, keepAlive, method } = head;
  const noBody = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
  return keepAlive && noBody && (method !== 'CONNECT' || (status === 407 && held.length === 0));
}

interface AfterHead {
  readonly keepAlive: boolean;
  readonly length: number;
}

function responseHead(refusal: Refusal, reason: string, id: string, { keepAlive, length }: AfterHead): Buffer {
  const { status, code } = refusal;
  const fields: Field[] = [
    ['Content-Type', 'text/plain; charset=us-ascii'],
    ['Cache-Control', 'no-store'],
    ['Proxy-Status', `tidegate; error=${code}`],
  ];
  if (refusal !== CHALLENGE) fields.push(['X-Tidegate-Attempt', id]);
  if (status === 407) fields.push(['Proxy-Authenticate', REALM]);
  return formatResponseHead({ status, reason, fields, framing: { kind: 'length', length }, keepAlive });
}
