import type { IncomingRequest } from './context.js';
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
export async function challenge(
  { connection }: IncomingRequest,
  head: RequestHead,
  id: string,
  stalledMs: number,
): Promise<AfterRequest> {
  const refusal: Refusal = { ...refuseRequest('credentials_rejected'), message: 'Proxy authentication required' };
  return await respond(connection, refusal, id, head.method, canContinue(connection, head), stalledMs);
}

/**
 * Sends a refusal to the client in one write: as an HTTP response whose reason phrase says it all (laws 7 and 8), with the
 * same text as its body, or in the tunnel's own protocol. A refused CONNECT ends the connection (rule H14), and so does an
 * unread body.
 */
export async function sendRefusal(
  { connection, parsed }: IncomingRequest,
  refusal: Refusal,
  id: string,
  stalledMs: number,
): Promise<AfterRequest> {
  if (connection.gone) return 'close';
  if (connection.answered) {
    const { tunnelRefusal } = connection;
    if (tunnelRefusal !== 'none') await connection.send([tunnelRefusal(reasonPhrase(refusal, id))], stalledMs);
    connection.close();
    return 'close';
  }
  if (parsed.kind === 'refusal') return await respond(connection, refusal, id, 'GET', false, stalledMs);
  const { head } = parsed;
  const keepAlive = canContinue(connection, head) && (head.method !== 'CONNECT' || refusal.status === 407);
  return await respond(connection, refusal, id, head.method, keepAlive, stalledMs);
}

/** Whether another request can follow on this connection: nothing of this one is left unread. */
function canContinue(connection: BufferedSocket, { framing, keepAlive, method }: RequestHead): boolean {
  const nothingFollows = method !== 'CONNECT' || connection.held.length === 0;
  const noBody = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
  return keepAlive && noBody && nothingFollows;
}

/** The one text that people see, whatever protocol carries it (law 8). */
function reasonPhrase({ message }: Refusal, id: string): string {
  return `${message} (attempt ${id})`;
}

async function respond(
  connection: BufferedSocket,
  refusal: Refusal,
  id: string,
  method: string,
  keepAlive: boolean,
  stalledMs: number,
): Promise<AfterRequest> {
  const { status } = refusal;
  const reason = reasonPhrase(refusal, id);
  const body = Buffer.from(`tidegate: ${reason}\n`, 'latin1');
  const fields: Field[] = [
    ['Content-Type', 'text/plain; charset=us-ascii'],
    ['Cache-Control', 'no-store'],
    ['Proxy-Status', `tidegate; error=${refusal.code}`],
    ['X-Tidegate-Attempt', id],
  ];
  if (status === 407) fields.push(['Proxy-Authenticate', REALM]);
  const head = formatResponseHead({
    status,
    reason,
    fields,
    framing: { kind: 'length', length: body.length },
    keepAlive,
  });
  const sent = await connection.send(method === 'HEAD' ? [head] : [Buffer.concat([head, body])], stalledMs);
  if (sent === 'sent' && keepAlive) return 'keep_open';
  connection.close();
  return 'close';
}
