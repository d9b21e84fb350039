import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createPoster, judgeStatus, type Poster } from '../../../lib/outbox/receivers/http-post.js';
import type { ReceiverParts } from '../../../lib/outbox/receivers/receiver-parts.js';
import type { SecretReading } from '../../../lib/outbox/receivers/secret.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { until } from '../../fixtures/waiting.js';
import { localLookup } from '../../fixtures/local-lookup.js';

const alive = new AbortController().signal;

type Serve = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function receiver(
  t: ExecutionContext,
  serve: Serve,
  certificate?: { key: string; cert: string },
): Promise<number> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => serve(request, response, body));
  };
  const server = certificate === undefined ? createServer(answer) : createTlsServer(certificate, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function poster(t: ExecutionContext, url: string, others: Partial<ReceiverParts> = {}): Poster {
  const plain = { headers: {}, secret: 'none', trust: 'plain', timeoutMs: 20_000, lookup: localLookup } as const;
  const made = createPoster(url, { ...plain, ...others });
  t.teardown(made.close);
  return made;
}

test('a post brings its headers, its secret and its body, over one connection', async (t) => {
  const seen: unknown[] = [];
  const ports = new Set<unknown>();
  const port = await receiver(t, (request, response, body) => {
    ports.add(request.socket.remotePort);
    seen.push([
      request.method,
      request.url,
      request.headers.authorization,
      request.headers['x-a'],
      request.headers['content-type'],
      body,
    ]);
    response.end('thanks');
  });
  const read = () => Promise.resolve({ kind: 'secret', secret: 's3cret' } as const);
  const secret = { header: 'authorization', before: 'Splunk ', read };
  const made = poster(t, `http://127.0.0.1:${port}/in?x=1`, { headers: { 'x-a': 'b' }, secret });
  for (const body of ['one', 'two'])
    t.like(await made.post(body, 'text/plain', alive), { kind: 'answered', status: 200, excerpt: 'thanks' });
  const expected = (body: string): unknown => ['POST', '/in?x=1', 'Splunk s3cret', 'b', 'text/plain', body];
  t.deepEqual(seen, [expected('one'), expected('two')]);
  t.is(ports.size, 1);
});

test('a redirect is not followed', async (t) => {
  let requests = 0;
  const port = await receiver(t, (_request, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  const answer = await poster(t, `http://127.0.0.1:${port}/`).post('one', 'text/plain', alive);
  t.like(judgeStatus(answer), {
    kind: 'unavailable',
    detail: 'answered 307: redirects are not followed, give the address itself',
  });
  t.is(requests, 1);
});

test('an answer is judged by its status', async (t) => {
  let status = 0;
  const port = await receiver(t, (_request, response) => {
    response.writeHead(status, { 'retry-after': '7' }).end('Bad\nthing');
  });
  const made = poster(t, `http://127.0.0.1:${port}/`);
  const judged = async (code: number): Promise<unknown> => {
    status = code;
    return judgeStatus(await made.post('one', 'text/plain', alive));
  };
  t.deepEqual(await judged(200), { kind: 'accepted' });
  for (const code of [400, 413, 422])
    t.deepEqual(await judged(code), { kind: 'refused', detail: `answered ${code}: Bad thing` });
  for (const code of [401, 403, 404, 408, 429, 500, 503]) {
    t.deepEqual(await judged(code), {
      kind: 'unavailable',
      detail: `answered ${code}: Bad thing`,
      retryAfterMs: 7_000,
    });
  }
});

test('no answer in time, and a caller that gives up, are distinguished', async (t) => {
  let came = 0;
  const port = await receiver(t, () => void (came += 1));
  const late = await poster(t, `http://127.0.0.1:${port}/`, { timeoutMs: 200 }).post('one', 'text/plain', alive);
  t.deepEqual(late, { kind: 'unanswered', detail: 'no answer within 200 ms' });
  const stop = new AbortController();
  const waiting = poster(t, `http://127.0.0.1:${port}/`).post('one', 'text/plain', stop.signal);
  await until(
    () => came === 2,
    () => 'it never came',
  );
  stop.abort();
  t.deepEqual(await waiting, { kind: 'unanswered', detail: 'stopped' });
});

test('a secret that the receiver repeats is not shown, and one that cannot be had is reported', async (t) => {
  const port = await receiver(
    t,
    (request, response) => void response.writeHead(403).end(`no: ${String(request.headers['x-key'])}`),
  );
  const keyed = (reading: SecretReading): Poster =>
    poster(t, `http://127.0.0.1:${port}/`, {
      secret: { header: 'x-key', before: '', read: () => Promise.resolve(reading) },
    });
  t.like(await keyed({ kind: 'secret', secret: 's3cret' }).post('', 'text/plain', alive), { excerpt: 'no: ***' });
  const missing = await keyed({ kind: 'problem', detail: 'no such file' }).post('', 'text/plain', alive);
  t.deepEqual(missing, { kind: 'unanswered', detail: 'no such file' });
});

test('over TLS only a receiver with a trusted certificate gets anything', async (t) => {
  const certificate = makeCertificate('127.0.0.1');
  let requests = 0;
  const port = await receiver(
    t,
    (_request, response) => {
      requests += 1;
      response.end();
    },
    certificate,
  );
  t.is((await poster(t, `https://127.0.0.1:${port}/`).post('one', 'text/plain', alive)).kind, 'unanswered');
  t.is(requests, 0);
  const trust = { kind: 'trust', tls: { ca: certificate.cert } } as const;
  t.like(await poster(t, `https://127.0.0.1:${port}/`, { trust }).post('one', 'text/plain', alive), { status: 200 });
});
