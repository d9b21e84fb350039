import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { boundAddress, errorMessage, errorReason, listening } from '../../system/index.js';
import type { Exposition } from './exposition.js';

/** Metrics being served. */
export interface MetricsServer {
  readonly kind: 'serving';
  /** The bound address (port 0 replaced). */
  readonly address: { readonly host: string; readonly port: number };
  readonly close: () => Promise<void>;
}

/** A metrics server, or why it could not listen. `code` is the system's, such as `EADDRINUSE`. */
export type MetricsServing = MetricsServer | { readonly kind: 'problem'; readonly code: string };

/** Whether the process admits attempts, and what there is to say about it, in a line without names of others. */
export interface Health {
  readonly kind: 'admitting' | 'refusing';
  readonly words: string;
}

/** Where metrics are served, and their source. */
export interface MetricsOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly exposition: () => Exposition | 'starting';
  readonly health: () => Health;
}

const TIMES = { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000 } as const;
const LIMITS = { maxHeaderSize: 8 * 1024, connectionsCheckingInterval: 1_000 } as const;
const MOST_CONNECTIONS = 32;

/** Serves `/metrics` and `/healthz` to GET and HEAD, and nothing else. */
export async function serveMetrics(options: MetricsOptions): Promise<MetricsServing> {
  const server = createServer({ ...TIMES, ...LIMITS }, (request, response) => void answer(options, request, response));
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await listening(server, options.listen);
  } catch (error) {
    return { kind: 'problem', code: errorReason(error) };
  }
  server.on('error', () => undefined);
  return { kind: 'serving', address: boundAddress(server), close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(options: MetricsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, text, headers = {} } = await replyTo(options, request);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  // Node leaves the body out where the method is HEAD.
  response.end(text);
}

async function replyTo(options: MetricsOptions, { method = '', url = '' }: IncomingMessage): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'only GET and HEAD are supported\n', headers: { allow: 'GET, HEAD' } };
  }
  const [path] = url.split('?');
  if (path === '/healthz') {
    const { kind, words } = options.health();
    return { status: kind === 'admitting' ? 200 : 503, text: `${words}\n` };
  }
  if (path !== '/metrics') return { status: 404, text: 'not found; available: /metrics, /healthz\n' };
  const exposition = options.exposition();
  if (exposition === 'starting') return { status: 503, text: 'starting\n' };
  try {
    return { status: 200, text: await exposition.text(), headers: { 'content-type': exposition.contentType } };
  } catch (error) {
    return { status: 500, text: `${errorMessage(error)}\n` };
  }
}
