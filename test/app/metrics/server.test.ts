import { request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import {
  createExposition,
  serveMetrics,
  type Family,
  type Health,
  type MetricsServer,
} from '../../../lib/app/metrics/index.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const family: Family<unknown> = {
  name: 'tidegate_things',
  help: 'Things.',
  type: 'gauge',
  labels: ['kind'],
  read: () => [{ labels: { kind: 'a"\n\\b' }, value: 7 }],
};

async function served(
  t: ExecutionContext,
  family: Family<unknown> | 'starting',
  health: Health = { kind: 'admitting', words: 'well' },
): Promise<MetricsServer> {
  const exposition = family === 'starting' ? family : createExposition([family], () => undefined);
  const serving = await serveMetrics({
    listen: { host: '127.0.0.1', port: 0 },
    exposition: () => exposition,
    health: () => health,
  });
  if (serving.kind === 'problem') throw new Error(serving.code);
  t.teardown(serving.close);
  return serving;
}

function ask({ address }: MetricsServer, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...address, path, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (bytes: Buffer) => (body += bytes.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asking.once('error', reject).end();
  });
}

test('/metrics is what Prometheus reads, with the families and the process', async (t) => {
  const { status, headers, body } = await ask(await served(t, family), '/metrics');
  t.is(status, 200);
  t.regex(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  t.regex(
    body,
    /^# HELP tidegate_things Things\.\n# TYPE tidegate_things gauge\ntidegate_things\{kind="a\\"\\n\\\\b"\} 7$/m,
  );
  t.regex(body, /^process_cpu_user_seconds_total /m);
  t.regex(body, /^nodejs_eventloop_lag_seconds /m);
});

test('/healthz says whether it is well, and why not', async (t) => {
  const well = await ask(await served(t, family), '/healthz');
  t.deepEqual([well.status, well.body], [200, 'well\n']);
  const degraded = await ask(await served(t, family, { kind: 'admitting', words: 'degraded: 1 problem' }), '/healthz');
  t.deepEqual([degraded.status, degraded.body], [200, 'degraded: 1 problem\n']);
  const words = 'the journal is not writable (full); all traffic is refused';
  const ill = await ask(await served(t, family, { kind: 'refusing', words }), '/healthz');
  t.deepEqual([ill.status, ill.body], [503, 'the journal is not writable (full); all traffic is refused\n']);
});

test('nothing else is answered: no other path, no other method, nothing before the start is over', async (t) => {
  const server = await served(t, family);
  for (const path of ['/', '/metrics/', '/..', '/%6detrics', '//metrics']) {
    t.is((await ask(server, path)).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const refused = await ask(server, '/metrics', method);
    t.deepEqual([refused.status, refused.headers['allow']], [405, 'GET, HEAD'], method);
  }
  const head = await ask(server, '/metrics', 'HEAD');
  t.deepEqual([head.status, head.body], [200, '']);
  t.is((await ask(server, '/metrics?x=1')).status, 200);
  t.is((await ask(await served(t, 'starting'), '/metrics')).status, 503);
});

test('a family that cannot be read is a failed scrape, and no crash', async (t) => {
  const broken: Family<unknown> = {
    ...family,
    read: () => {
      throw new Error('no number today');
    },
  };
  const server = await served(t, broken);
  const { status, body } = await ask(server, '/metrics');
  t.deepEqual([status, body], [500, 'no number today\n']);
  t.is((await ask(server, '/healthz')).status, 200);
});

test('a port that is taken is reported', async (t) => {
  const { address } = await served(t, family);
  const health = { kind: 'admitting', words: 'well' } as const;
  const other = await serveMetrics({ listen: address, exposition: () => 'starting', health: () => health });
  t.deepEqual(other, { kind: 'problem', code: 'EADDRINUSE' });
});

test('anyone who does not hang up does not keep it from closing', async (t) => {
  const server = await served(t, family);
  const idle = connect(server.address.port, server.address.host);
  await once(idle, 'connect');
  const gone = once(idle, 'close');
  await server.close();
  await gone;
  t.pass();
});
