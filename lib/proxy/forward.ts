import type { EndedBy } from '../audit/index.js';
import type { Clearance } from '../policy/index.js';
import {
  createBodyReader,
  endToEndFields,
  formatRequestHead,
  formatResponseHead,
  oneHopLess,
  viaField,
  type Framing,
  type RequestHead,
  type ResponseHead,
  type Target,
} from '../protocol/http/index.js';
import { Refused, refuseFailed, refuseRequest, refuseMalformed } from './refusal/index.js';
import type { IncomingRequest, AfterRequest, ActiveTraffic, ProxyContext } from './context.js';
import type { Ending, AttemptLog } from './attempt-log/index.js';
import type { Upstream } from './upstream/index.js';
import { pump, readOriginResponse, BufferedSocket, type PumpResult, type PumpLimits } from './socket/index.js';

/**
 * One plain-HTTP request on its way to its origin. `again` dials anew, for a waiting connection that proves dead, and has
 * the address that is reached then cleared for itself.
 */
export interface Exchange {
  readonly incoming: IncomingRequest;
  readonly head: RequestHead;
  readonly target: Extract<Target, { kind: 'absolute' }>;
  readonly upstream: Upstream;
  readonly clearance: Clearance;
  readonly attemptLog: AttemptLog;
  readonly again: () => Promise<{ readonly upstream: Upstream; readonly clearance: Clearance }>;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT']);

/** Whether a request may be sent a second time if a waiting connection died under it: a safe method without a body. */
export function canBeSentAgain({ method, framing }: RequestHead): boolean {
  return SAFE.has(method) && framing.kind === 'none';
}

/**
 * Sends the request, rebuilt, to its origin, and the origin's answer, rebuilt, to the client; bodies flow both ways at
 * once. Either side's end frees both. An origin that fails before its answer is a refusal; one that fails inside it
 * breaks the client's connection, so that half an answer is never taken for a whole one.
 */
export async function forward(exchange: Exchange, context: ProxyContext): Promise<AfterRequest> {
  const { upstream } = exchange;
  const once = await converse(exchange, upstream, context);
  if (once !== 'dead') return once;
  if (!upstream.reused) throw new Refused(refuseFailed('connection_terminated', 'closed before any answer'));
  const fresh = await exchange.again();
  const twice = await converse({ ...exchange, clearance: fresh.clearance }, fresh.upstream, context);
  if (twice === 'dead') throw new Refused(refuseFailed('connection_terminated', 'closed before any answer'));
  return twice;
}

/** What a conversation needs to know of its two sides while it lasts. */
interface Conversation extends Omit<Exchange, 'incoming' | 'upstream' | 'again'> {
  readonly client: BufferedSocket;
  readonly origin: BufferedSocket;
  /** What earlier requests have sent and received on the origin's connection. */
  readonly before: { readonly out: number; readonly in: number };
  upload: PumpResult | 'running';
  endedBy: EndedBy | 'none';
}

async function converse(exchange: Exchange, upstream: Upstream, context: ProxyContext): Promise<AfterRequest | 'dead'> {
  const talk = begin(exchange, upstream);
  const { client, origin, clearance } = talk;
  const activeTraffic: ActiveTraffic = {
    clearance,
    tunnel: false,
    end: (cause) => {
      talk.endedBy = cause;
      origin.socket.destroy();
      // Half an answer is on its way, perhaps to a client that reads no more of it: nothing can be told here any more.
      if (client.answered) client.break();
    },
  };
  const leave = context.activeTraffic.enter(activeTraffic);
  client.whenGone(() => origin.socket.destroy());
  try {
    const uploaded = upload(talk, context);
    const answered = await answer(talk, context);
    if (answered !== 'again') origin.socket.destroy();
    // A body that is still to come has nowhere to go. Without one, a dead connection may yet have a successor.
    const bodyToCome = talk.head.framing.kind !== 'none';
    if (answered === 'over' || (answered === 'dead' && bodyToCome)) client.stopWaiting();
    await uploaded;
    return answered;
  } finally {
    client.whenGone(undefined);
    client.whenEnded(undefined);
    leave();
  }
}

function begin(
  { incoming, head, target, clearance, attemptLog }: Exchange,
  { socket, connection }: Upstream,
): Conversation {
  return {
    head,
    target,
    clearance,
    attemptLog,
    client: incoming.connection,
    origin: connection === 'none' ? new BufferedSocket(socket) : connection,
    before: { out: socket.bytesWritten, in: socket.bytesRead },
    upload: 'running',
    endedBy: 'none',
  };
}

function countsOf({ origin: { socket }, before }: Conversation): Pick<Ending, 'bytesOut' | 'bytesIn'> {
  return { bytesOut: socket.bytesWritten - before.out, bytesIn: socket.bytesRead - before.in };
}

async function upload(talk: Conversation, context: ProxyContext): Promise<void> {
  const { head, target, client, origin } = talk;
  const rebuilt = formatRequestHead({
    method: head.method,
    originForm: target.originForm,
    host: target.host,
    fields: [...oneHopLess(head.method, endToEndFields(head.fields)), viaField(head.version, context.pseudonym)],
    framing: head.framing,
  });
  if (head.framing.kind === 'none') {
    const sent = await origin.send([rebuilt], context.times.stalled);
    talk.upload = sent === 'sent' ? 'whole' : 'sink_gone';
  } else {
    talk.upload = await pump(client, createBodyReader(head.framing), origin, head.framing, limitsOf(context), [
      rebuilt,
    ]);
  }
  // Once the whole request has been read, a client that ends has given up waiting; before, its end is a broken body.
  if (talk.upload === 'whole') client.whenEnded(() => origin.socket.destroy());
  else if (talk.upload !== 'sink_gone') origin.socket.destroy();
}

async function answer(talk: Conversation, context: ProxyContext): Promise<AfterRequest | 'dead'> {
  const { client, origin, head, attemptLog } = talk;
  const uploading = (): boolean => talk.upload === 'running';
  const read = await readOriginResponse(origin, client, head, uploading, limitsOf(context));
  switch (read.kind) {
    case 'answer':
      return await deliver(talk, read.head, context);
    case 'malformed':
      throw new Refused(refuseFailed('http_protocol_error', read.detail));
    case 'upgrade':
      throw new Refused(refuseFailed('http_upgrade_failed', 'the origin answered 101'));
    case 'late':
      throw new Refused(refuseFailed('http_response_timeout', `no answer in ${context.times.response} ms`));
    case 'closed':
      break;
  }
  const { upload } = talk;
  if (typeof upload === 'object') throw new Refused(refuseMalformed(upload.rule, upload.status, upload.detail));
  const fault = clientFault(talk);
  if (fault === 'none') return read.bytes === 0 ? 'dead' : incomplete();
  if (fault === 'shutdown' && !client.gone) throw new Refused(refuseRequest('shutting_down'));
  attemptLog.closed({ endedBy: fault, ...countsOf(talk), status: 'none', detail: upload });
  client.break();
  return 'over';
}

function wordsOf(result: PumpResult): string {
  if (typeof result === 'object') return `${result.rule}: ${result.detail}`;
  return result === 'whole' ? 'none' : result;
}

function limitsOf({ times }: ProxyContext): PumpLimits {
  return { readMs: times.response, stalledMs: times.stalled };
}

function incomplete(): never {
  throw new Refused(refuseFailed('http_response_incomplete', 'the answer ended inside its head'));
}

/** Why the origin's connection was closed by us, if it was: a client that left or broke its body, or an order from above. */
function clientFault({ client, upload, endedBy }: Conversation): EndedBy | 'none' {
  if (endedBy !== 'none') return endedBy;
  if (client.gone || client.ended) return 'client';
  if (typeof upload === 'object') return 'http_request_error';
  switch (upload) {
    case 'source_cut_short':
      return 'client';
    case 'source_late':
      return 'connection_read_timeout';
    case 'sink_stalled':
      return 'connection_write_timeout';
    default:
      return 'none';
  }
}

async function deliver(talk: Conversation, response: ResponseHead, context: ProxyContext): Promise<AfterRequest> {
  const { client, origin, head, attemptLog, clearance } = talk;
  const { idleUpstreams } = context;
  const framing = framingFor(response.framing, head.version);
  const keepAlive = head.keepAlive && framing.kind !== 'until_close' && talk.upload === 'whole' && !context.stopping();
  const rebuilt = formatResponseHead({
    status: response.status,
    reason: response.reason,
    fields: [...endToEndFields(response.fields), viaField(response.version, context.pseudonym)],
    framing,
    keepAlive,
  });
  client.answered = true;
  const limits = limitsOf(context);
  const result = await pump(origin, createBodyReader(response.framing), client, framing, limits, [rebuilt]);
  const counts = countsOf(talk);
  attemptLog.closed({ endedBy: endOf(result, talk), ...counts, status: response.status, detail: wordsOf(result) });
  if (result !== 'whole') {
    client.break();
    return 'over';
  }
  client.answered = false;
  if (keepAlive && response.keepAlive && response.framing.kind !== 'until_close') {
    idleUpstreams.give(clearance, { connection: origin, address: clearance.address });
  } else origin.socket.destroy();
  if (!keepAlive) client.close();
  return keepAlive ? 'again' : 'over';
}

function endOf(result: PumpResult, talk: Conversation): EndedBy {
  if (typeof result === 'object') return 'http_protocol_error';
  const fault = clientFault(talk);
  switch (result) {
    case 'whole':
      return 'complete';
    case 'source_cut_short':
      return fault === 'none' ? 'http_response_incomplete' : fault;
    case 'source_late':
      return 'connection_read_timeout';
    case 'sink_gone':
      return fault === 'none' ? 'client' : fault;
    case 'sink_stalled':
      return 'connection_write_timeout';
  }
}

/** A body of unknown length is chunked for those who can read that, and ends with the connection for HTTP/1.0. */
function framingFor(framing: Framing, version: '1.0' | '1.1'): Framing {
  if (framing.kind === 'none' || framing.kind === 'length') return framing;
  return { kind: version === '1.1' ? 'chunked' : 'until_close' };
}
