import type { AttemptEnd, AttemptLog } from '../attempt-log/index.js';
import type { EndedBy, FailureCode } from '../../audit/index.js';
import type { Clearance } from '../../policy/index.js';
import {
  createBodyReader,
  endToEndFields,
  formatRequestHead,
  formatResponseHead,
  oneHopLess,
  readResponseHead,
  viaField,
  type Framing,
  type HeadProgress,
  type RequestHead,
  type ResponseHead,
  type Target,
} from '../../protocol/http/index.js';
import { Refused, refuseFailed, refuseForeignChallenge, refuseMalformed, refuseRequest } from '../refusal/index.js';
import type { ActiveTraffic, Registry, TrafficStop } from '../registry/index.js';
import { BufferedSocket, OneShot, type AfterRequest } from '../socket/index.js';
import type { IdleUpstreams, Upstream } from '../upstream/index.js';
import { formatInterim, InterimResponses, TOO_MANY_INTERIM } from './interim.js';
import { pump, type PumpLimits, type PumpResult } from './pump.js';

const SWITCHING_PROTOCOLS = 101;
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** A plain HTTP request on its way to its origin. */
export interface ForwardedRequest {
  readonly client: BufferedSocket;
  readonly cancellation: OneShot;
  readonly head: RequestHead;
  readonly target: Extract<Target, { kind: 'absolute' }>;
  readonly attemptLog: AttemptLog;
  /** Opens another connection in place of an idle one that proves dead. */
  readonly redial: () => Promise<ClearedUpstream>;
}

/** A connection to the origin, and the clearance for what goes through it. */
export interface ClearedUpstream {
  readonly upstream: Upstream;
  readonly clearance: Clearance;
}

/** What forwarding uses of the proxy. Times are in milliseconds. */
export interface ForwardContext {
  readonly times: { readonly response: number; readonly stalled: number };
  /** The name in `Via` (RFC 9110 §7.6.3), random for each process: a request that has it already is in a loop. */
  readonly pseudonym: string;
  readonly idleUpstreams: IdleUpstreams;
  readonly activeTraffic: Registry<ActiveTraffic>;
  readonly stopping: () => boolean;
}

/** One request sent over one connection, and its response. */
export class Exchange {
  readonly #request: ForwardedRequest;
  readonly #context: ForwardContext;
  readonly #clearance: Clearance;
  readonly #origin: BufferedSocket;
  readonly #limits: PumpLimits;
  /** What earlier requests have sent and received on the origin's connection. */
  readonly #before: { readonly out: number; readonly in: number };
  readonly #uploadStop = new OneShot();
  #upload: PumpResult | { readonly kind: 'running' } = { kind: 'running' };
  #stopped: TrafficStop | 'none' = 'none';

  constructor(request: ForwardedRequest, { upstream, clearance }: ClearedUpstream, context: ForwardContext) {
    const { socket, connection } = upstream;
    this.#request = request;
    this.#context = context;
    this.#clearance = clearance;
    this.#origin = connection === 'none' ? new BufferedSocket(socket) : connection;
    this.#limits = { readMs: context.times.response, stalledMs: context.times.stalled };
    this.#before = { out: socket.bytesWritten, in: socket.bytesRead };
  }

  /** Runs the exchange. `dead`: the connection closed before the first byte of a response. */
  async run(): Promise<AfterRequest | 'dead'> {
    const { cancellation, head } = this.#request;
    const remove = this.#context.activeTraffic.add({
      clearance: this.#clearance,
      counts: () => this.#counts(),
      end: (stop) => this.#stop(stop),
    });
    cancellation.add(this.#onCancelled);
    try {
      const uploaded = this.#sendRequest();
      const after = await this.#receiveResponse();
      if (after !== 'keep_open') this.#closeOrigin();
      // The rest of a body has nowhere to go. A request without one may be sent again, over another connection.
      if (after === 'close' || (after === 'dead' && head.framing.kind !== 'none')) this.#uploadStop.fire();
      await uploaded;
      return after;
    } finally {
      cancellation.remove(this.#onCancelled);
      remove();
    }
  }

  #closeOrigin(): void {
    this.#origin.socket.destroy();
  }

  readonly #onCancelled = (): void => {
    this.#closeOrigin();
    this.#uploadStop.fire();
  };

  #stop(stop: TrafficStop): void {
    this.#stopped = stop;
    this.#closeOrigin();
    // Half a response has gone out, perhaps to a client that no longer reads: no refusal can reach it.
    if (this.#request.client.answered) this.#request.client.reset();
  }

  async #sendRequest(): Promise<void> {
    const { client, head, target } = this.#request;
    const origin = this.#origin;
    const rebuilt = formatRequestHead({
      method: head.method,
      originForm: target.originForm,
      host: target.host,
      fields: [
        ...oneHopLess(head.method, endToEndFields(head.fields)),
        viaField(head.version, this.#context.pseudonym),
      ],
      framing: head.framing,
    });
    if (head.framing.kind === 'none') {
      const { kind } = await origin.send([rebuilt], this.#limits.stalledMs);
      this.#upload = { kind: kind === 'sent' ? 'whole' : 'sink_gone' };
    } else {
      const reader = createBodyReader(head.framing);
      this.#upload = await pump(client, reader, origin, head.framing, this.#limits, rebuilt, this.#uploadStop);
    }
    // A client that ends its half after the whole request waits for its answer; before, its body is cut short.
    if (this.#upload.kind !== 'whole' && this.#upload.kind !== 'sink_gone') this.#closeOrigin();
  }

  /** Reads and delivers the origin's final response, strictly. Interim ones (RFC 9110 §15.2) go to HTTP/1.1 clients. */
  async #receiveResponse(): Promise<AfterRequest | 'dead'> {
    const { head } = this.#request;
    const origin = this.#origin;
    const { readMs } = this.#limits;
    const interims = new InterimResponses();
    let progress: HeadProgress | undefined;
    for (;;) {
      const reading = readResponseHead(origin.held, head.method, progress);
      if (reading.kind === 'malformed') throw failure('http_protocol_error', `${reading.rule}: ${reading.detail}`);
      if (reading.kind === 'whole') {
        progress = undefined;
        origin.consume(reading.length);
        if (reading.value.status === PROXY_AUTHENTICATION_REQUIRED) throw new Refused(refuseForeignChallenge());
        if (reading.value.status >= 200) return await this.#deliver(reading.value);
        await this.#passInterim(reading.value, interims, reading.length);
        continue;
      }
      progress = reading.progress;
      const { kind } = await origin.waitForMore(readMs);
      // The time limit starts when the request has been sent: a long upload is not a late response.
      const isLate = kind === 'late' && this.#upload.kind !== 'running';
      if (isLate) throw failure('http_response_timeout', `no response in ${readMs} ms`);
      if (kind === 'ended' || kind === 'gone') return this.#withoutResponse(origin.held.length);
    }
  }

  /** Passes an interim response on to a client that can read it. */
  async #passInterim(response: ResponseHead, interims: InterimResponses, length: number): Promise<void> {
    const { client, head } = this.#request;
    if (response.status === SWITCHING_PROTOCOLS) throw failure('http_upgrade_failed', 'the origin answered 101');
    if (interims.add(length) === 'too_many') throw failure('http_protocol_error', TOO_MANY_INTERIM);
    if (head.version === '1.0') return;
    const { kind } = await client.send([formatInterim(response)], this.#limits.stalledMs);
    // It has stopped reading: no answer will reach it.
    if (kind === 'stalled') client.reset();
  }

  /** The origin's connection has closed, by itself or by us, before a whole response head. */
  #withoutResponse(bytes: number): 'close' | 'dead' {
    const { client, attemptLog } = this.#request;
    const upload = this.#upload;
    if (upload.kind === 'malformed') throw new Refused(refuseMalformed(upload));
    const cause = this.#clientFault();
    if (cause === 'none') {
      if (bytes === 0) return 'dead';
      throw failure('http_response_incomplete', 'the response ended within its head');
    }
    if (cause === 'shutdown' && !client.gone) throw new Refused(refuseRequest('shutting_down'));
    attemptLog.recordClose({ endedBy: cause, ...this.#counts(), status: 'none', detail: this.#detail(upload.kind) });
    client.reset();
    return 'close';
  }

  async #deliver(response: ResponseHead): Promise<AfterRequest> {
    const { client, head, attemptLog } = this.#request;
    const framing = framingFor(response.framing, head.version);
    const keepAlive =
      head.keepAlive &&
      framing.kind !== 'until_close' &&
      this.#upload.kind === 'whole' &&
      !this.#context.stopping() &&
      // A client that has ended its half asks for nothing more than has come.
      !(client.ended && client.held.length === 0);
    const rebuilt = formatResponseHead({
      status: response.status,
      reason: response.reason,
      fields: [...endToEndFields(response.fields), viaField(response.version, this.#context.pseudonym)],
      framing,
      keepAlive,
    });
    client.answered = true;
    const reader = createBodyReader(response.framing);
    const result = await pump(this.#origin, reader, client, framing, this.#limits, rebuilt);
    const end = { endedBy: this.#endOf(result), status: response.status, detail: this.#detail(detailOf(result)) };
    attemptLog.recordClose({ ...end, ...this.#counts() });
    if (result.kind !== 'whole') {
      client.reset();
      return 'close';
    }
    client.answered = false;
    if (keepAlive && response.keepAlive && response.framing.kind !== 'until_close') {
      this.#context.idleUpstreams.give(this.#clearance, this.#origin);
    } else this.#closeOrigin();
    if (!keepAlive) client.close();
    return keepAlive ? 'keep_open' : 'close';
  }

  #counts(): Pick<AttemptEnd, 'bytesOut' | 'bytesIn'> {
    const { bytesWritten, bytesRead } = this.#origin.socket;
    return { bytesOut: bytesWritten - this.#before.out, bytesIn: bytesRead - this.#before.in };
  }

  /** Why we closed the origin's connection, if we did: the client left or broke its body, or a stop or policy change. */
  #clientFault(): EndedBy | 'none' {
    const { client } = this.#request;
    if (this.#stopped !== 'none') return this.#stopped.by;
    const cutShort = client.ended && this.#upload.kind !== 'whole';
    return client.gone || cutShort ? 'client' : UPLOAD_FAULTS[this.#upload.kind];
  }

  /** What the one who stopped it had to say, or else how it ended. */
  #detail(otherwise: string): string {
    const stopped = this.#stopped;
    return stopped === 'none' || stopped.detail === 'none' ? otherwise : stopped.detail;
  }

  #endOf({ kind }: PumpResult): EndedBy {
    const fault = this.#clientFault();
    const isOurs = kind === 'source_cut_short' || kind === 'sink_gone';
    return isOurs && fault !== 'none' ? fault : DOWNLOAD_ENDS[kind];
  }
}

const UPLOAD_FAULTS = {
  running: 'none',
  whole: 'none',
  sink_gone: 'none',
  malformed: 'http_request_error',
  source_cut_short: 'client',
  source_late: 'connection_read_timeout',
  sink_stalled: 'connection_write_timeout',
} as const satisfies Record<PumpResult['kind'] | 'running', EndedBy | 'none'>;

const DOWNLOAD_ENDS = {
  whole: 'complete',
  malformed: 'http_protocol_error',
  source_cut_short: 'http_response_incomplete',
  source_late: 'connection_read_timeout',
  sink_gone: 'client',
  sink_stalled: 'connection_write_timeout',
} as const satisfies Record<PumpResult['kind'], EndedBy>;

function failure(code: FailureCode, detail: string): Refused {
  return new Refused(refuseFailed(code, detail));
}

function detailOf(result: PumpResult): string {
  if (result.kind === 'malformed') return `${result.rule}: ${result.detail}`;
  return result.kind === 'whole' ? 'none' : result.kind;
}

/** A body of unknown length is chunked for HTTP/1.1, and ends with the connection for HTTP/1.0. */
function framingFor(framing: Framing, version: '1.0' | '1.1'): Framing {
  if (framing.kind === 'none' || framing.kind === 'length') return framing;
  return { kind: version === '1.1' ? 'chunked' : 'until_close' };
}
