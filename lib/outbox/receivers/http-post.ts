import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, type AgentOptions, request as tlsRequest } from 'node:https';
import { errorMessage, untilAborted } from '../../system/index.js';
import { type Delivery, printableExcerpt, unavailable } from './delivery.js';
import type { ReceiverParts } from './receiver-parts.js';

/** What came back, or why nothing did. */
export type PostAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: Buffer;
      /** The start of the body, fit to be shown. */
      readonly excerpt: string;
      readonly retryAfterMs: number | 'unsaid';
    }
  | { readonly kind: 'unanswered'; readonly detail: string };

/** Posts, one after another, over one connection that is kept. */
export interface Poster {
  readonly post: (body: string | Uint8Array, contentType: string, signal: AbortSignal) => Promise<PostAnswer>;
  readonly close: () => Promise<void>;
}

const NO_SECRET = { kind: 'secret', secret: '' } as const;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 300_000;

/** Makes a poster. It follows no redirect and uses no proxy, and what it answers holds no secret. Never throws. */
export function createPoster(address: string, parts: Omit<ReceiverParts, 'from'>): Poster {
  const { trust, timeoutMs, lookup } = parts;
  const url = new URL(address);
  const agent = keepAliveAgent(url.protocol, {
    ...(trust === 'plain' ? {} : trust.tls),
    ...{ maxSockets: 1, timeout: timeoutMs, minVersion: 'TLSv1.2', rejectUnauthorized: true, lookup },
  });
  const start = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return {
    post: async (body, contentType, signal) => {
      const secret = parts.secret === 'none' ? NO_SECRET : await parts.secret.read();
      if (secret.kind === 'problem') return { kind: 'unanswered', detail: secret.detail };
      const headers = { ...headersOf(parts, secret.secret), 'content-type': contentType };
      const limit = AbortSignal.timeout(timeoutMs);
      const request = start(url, { method: 'POST', agent, headers, signal: limit });
      try {
        const answer = exchange(request, body, secret.secret);
        return await untilAborted(answer, signal, { kind: 'unanswered', detail: 'stopped' });
      } catch (error) {
        return { kind: 'unanswered', detail: limit.aborted ? `no answer within ${timeoutMs} ms` : errorMessage(error) };
      } finally {
        request.destroy();
      }
    },
    close: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

/** Makes an agent whose connections are kept until it is destroyed. */
export function keepAliveAgent(protocol: string, options: AgentOptions = {}): PlainAgent {
  return new (protocol === 'https:' ? TlsAgent : PlainAgent)({ ...options, keepAlive: true });
}

function headersOf(
  { headers, secret }: Pick<ReceiverParts, 'headers' | 'secret'>,
  value: string,
): Record<string, string> {
  const own = { 'user-agent': 'tidegate', ...headers };
  return secret === 'none' ? own : { ...own, [secret.header]: `${secret.before}${value}` };
}

function exchange(
  request: ReturnType<typeof plainRequest>,
  body: string | Uint8Array,
  secret: string,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => void readAnswer(response, secret).then(resolve, reject));
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, secret: string): Promise<PostAnswer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    if (!Buffer.isBuffer(piece)) continue;
    size += piece.length;
    // Read to its end all the same, so that the connection can be used again; it cannot go on longer than the time-out.
    if (size <= MAX_ANSWER_BYTES) pieces.push(piece);
  }
  const whole = Buffer.concat(pieces);
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    body: whole,
    excerpt: printableExcerpt(whole.toString('latin1'), secret),
    retryAfterMs: retryAfter(response.headers['retry-after']),
  };
}

/** RFC 9110 §10.2.3, its form in seconds. */
function retryAfter(value: string | undefined): number | 'unsaid' {
  return value !== undefined && /^\d{1,9}$/.test(value)
    ? Math.min(Number(value) * 1_000, MAX_RETRY_AFTER_MS)
    : 'unsaid';
}

/** These say that the content is at fault (RFC 9110 §15.5.1, .14, .21). Any other error can be corrected without other content. */
const REFUSING: ReadonlySet<number> = new Set([400, 413, 422]);

/** Judges an answer by its status alone. */
export function judgeStatus(answer: PostAnswer): Delivery {
  if (answer.kind === 'unanswered') return unavailable(answer.detail);
  const { status, excerpt, retryAfterMs } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const detail = `answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (status >= 300 && status < 400)
    return unavailable(`answered ${status}: redirects are not followed, give the address itself`);
  return REFUSING.has(status) ? { kind: 'refused', detail } : unavailable(detail, retryAfterMs);
}
