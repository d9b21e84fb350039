import { createServer, type AddressInfo } from 'node:net';
import test from 'ava';
import { freePort } from '../../fixtures/free-port.js';
import { run } from '../../fixtures/program.js';
import { LOOPBACK_POLICY, NotStarted, startTidegate } from '../../fixtures/tidegate.js';
import { ask, head } from '../../strictness/answers.js';

async function scrape(port: number): Promise<Map<string, number>> {
  const { stdout } = await run('curl', ['-sf', `http://127.0.0.1:${port}/metrics`]);
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test.serial('a running tidegate reports what it did, and the numbers cannot be reached through it (A14)', async (t) => {
  const metrics = await freePort();
  const tidegate = await startTidegate({
    policies: { 'loopback.yaml': LOOPBACK_POLICY },
    config: { metrics: { listen: `127.0.0.1:${metrics}` }, hosts: { 'me.test': ['127.0.0.1'] } },
  });
  t.teardown(tidegate.discard);
  for (const host of ['127.0.0.1', 'me.test', '0.0.0.0']) {
    const tunnel = await ask(tidegate.port, head(`CONNECT ${host}:${metrics} HTTP/1.0`));
    t.is(tunnel.status, 403, host);
    const plain = await ask(tidegate.port, head(`GET http://${host}:${metrics}/metrics HTTP/1.0`));
    t.is(plain.status, 403, host);
  }
  const origin = await run('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    `http://127.0.0.1:${metrics}/healthz`,
  ]);
  t.is(origin.stdout, '200');
  const numbers = await scrape(metrics);
  t.is(numbers.get('tidegate_attempts_total{verdict="denied"}'), 6);
  t.is(numbers.get('tidegate_attempts_total{verdict="allowed"}'), 0);
  t.is(numbers.get('tidegate_checks_total{fact="host_key",outcome="mismatch"}'), 0);
  t.is(numbers.get('tidegate_journal_state{state="writing"}'), 1);
  t.true((numbers.get('tidegate_journal_records') ?? 0) >= 8);
  t.is(numbers.get('tidegate_policy_rules'), 2);
  t.is(numbers.get('tidegate_degraded'), 0);
  t.true((numbers.get('process_resident_memory_bytes') ?? 0) > 0);
  t.true(Math.abs((numbers.get('tidegate_policy_adopted_timestamp_seconds') ?? 0) - Date.now() / 1000) < 600);
});

test.serial('a port for metrics that is taken ends the start with 69, and nothing is left running', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const failed = await t.throwsAsync(startTidegate({ config: { metrics: { listen: `127.0.0.1:${port}` } } }), {
    instanceOf: NotStarted,
  });
  t.is(failed.code, 69);
  t.regex(failed.message, /metrics\.listen/);
});
