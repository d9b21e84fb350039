import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { makeCertificate } from '../fixtures/certificate.js';
import { startTidegate, type Line, type Tidegate } from '../fixtures/tidegate.js';
import { pattern } from './pattern.js';
import { startRecorder, type Recorder } from './recorder.js';

/** A plain and a TLS web server, tidegate before them, and before that a recorder that clients take for the proxy. */
export interface Sites {
  readonly tidegate: Tidegate;
  readonly recorder: Recorder;
  /** `http://HOST:PORT` and `https://HOST:PORT` of the two servers, under any name. */
  readonly plain: (host: string) => string;
  readonly secure: (host: string) => string;
  /** The PEM file and the thumbprint of the TLS server's certificate. */
  readonly trusted: string;
  readonly thumbprint: string;
  /** The requests that reached the servers, as `METHOD URL`. */
  readonly requests: readonly string[];
  /** The decisions so far, oldest first. */
  readonly decisions: () => Promise<Line[]>;
  readonly close: () => Promise<void>;
}

/** What the servers give for `/page`. */
export const PAGE = 'out it went';

/** Who knows this user's password may reach `users.test`. */
export const USER = { user: 'web.node1', password: 'correct-horse' } as const;

const NAMES = ['a.sites.test', 'b.sites.test', 'c.sites.test', 'users.test', 'denied.test', 'git.sites.test'];

/**
 * Starts them. `*.sites.test` is for everyone, plain and in a tunnel; `users.test` is for {@link USER}; nobody may go to
 * `denied.test`. All lead to 127.0.0.1. `serve` answers what is not for these: `/page`, `/bytes/N` (N bytes of the
 * pattern), `/digest` (says what it was sent), `/never` (no answer), `/asked/N` (answers when `/never` was requested N times).
 */
export async function startSites(
  config: Readonly<Record<string, unknown>> = {},
  serve: RequestListener = (_, response) => response.writeHead(404).end(),
): Promise<Sites> {
  const requests: string[] = [];
  const waiting: { readonly count: number; readonly response: ServerResponse }[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.url?.startsWith('/asked/') === true) waiting.push({ count: Number(request.url.slice(7)), response });
    else answer(request, response, serve);
    const asked = requests.filter((line) => line.endsWith(' /never')).length;
    for (const { response } of waiting.filter(({ count }) => count <= asked)) response.end();
  };
  const certificate = makeCertificate(...NAMES);
  const servers = [createServer(listener), createSecureServer(certificate, listener)];
  const [plain = 0, secure = 0] = await Promise.all(servers.map(listen));
  const tidegate = await startTidegate({
    policies: {
      'everyone.yaml': `policy: everyone\nallow:\n${rules('sites', '"*.sites.test"', plain, secure)}`,
      'node1.yaml': `policy: node1\nclients:\n  users: [${USER.user}]\nallow:\n${rules('users', 'users.test', plain, secure)}`,
    },
    users: { [USER.user]: USER.password },
    config: {
      hosts: Object.fromEntries(NAMES.map((name) => [name, ['127.0.0.1']])),
      ...config,
    },
  });
  const recorder = await startRecorder(tidegate.port);
  return {
    tidegate,
    recorder,
    plain: (host) => `http://${host}:${plain}`,
    secure: (host) => `https://${host}:${secure}`,
    trusted: await tidegate.folder.write('certificate.pem', certificate.cert),
    thumbprint: certificate.thumbprint,
    requests,
    decisions: async () => (await tidegate.journal()).filter(({ kind }) => kind === 'decision'),
    close: async () => {
      await recorder.close();
      await tidegate.discard();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function rules(id: string, hosts: string, plain: number, secure: number): string {
  const rule = (kind: string, protocol: string, port: number): string => `  - id: ${id}-${kind}
    to: [${hosts}]
    resolves-to: [127.0.0.0/8]
    protocol: ${protocol}
    ports: [${port}]
`;
  return rule('plain', 'http', plain) + rule('tunnel', 'tls', secure);
}

function answer(request: IncomingMessage, response: ServerResponse, serve: RequestListener): void {
  const [, what = '', size = '0'] = /^\/(page|bytes|digest|never)(?:\/(\d+))?$/.exec(request.url ?? '') ?? [];
  request.on('error', () => undefined); // cancelled: what the test is about
  response.on('error', () => undefined);
  if (what === 'page') response.end(PAGE);
  else if (what === 'bytes') {
    response.writeHead(200, { 'Content-Length': size });
    pipeline(pattern(Number(size)), response, () => undefined); // it fails where the client has gone: its right
  } else if (what === 'digest') tell(request, response);
  else if (what !== 'never') serve(request, response);
}

/** Answers with the length and SHA-256 of the body, and how it came. */
function tell(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash('sha256');
  let length = 0;
  request.on('data', (bytes: Buffer) => {
    hash.update(bytes);
    length += bytes.length;
  });
  request.on('end', () => {
    const { 'transfer-encoding': coding = 'none', expect = 'none' } = request.headers;
    response.end([request.method, length, hash.digest('hex'), coding, expect].join(' '));
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}
