import { join } from 'node:path';
import test from 'ava';
import { carriedOut } from '../cli/command.js';
import { freePort } from '../fixtures/free-port.js';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { rawClient, tunnelTo } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';

async function scrape(port: number, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test.serial('a limit that is reached is in status, health, metrics and the log, and so is its end', async (t) => {
  const origin = await startOrigin(echoing);
  const metrics = await freePort();
  const tidegate = await startTidegate({
    config: {
      limits: { connections: 10, 'connections-per-client': 3 },
      metrics: { listen: `127.0.0.1:${metrics}` },
    },
  });
  t.teardown(async () => {
    await tidegate.discard();
    await origin.close();
  });
  t.like(tidegate.started['limits'], { connections: 10, per_client: 3, tentacles: 0 });
  const state = join(tidegate.folder.path, 'state');
  const status = () => carriedOut(['status', '--state', state]);
  t.is((await status()).code, 0);
  const authority = `127.0.0.1:${origin.port}`;
  const open = [];
  for (let i = 0; i < 3; i += 1) open.push(await tunnelTo(tidegate.port, authority));
  const refused = await rawClient(tidegate.port);
  t.regex(await refused.readHead(), /^HTTP\/1\.1 503 Egress refused: too many connections are open from this address/);
  refused.close();

  const degraded = await status();
  t.is(degraded.code, 1);
  t.regex(degraded.stdout, /limits\.connections-per-client \(3\) is reached by 127\.0\.0\.1; .* 1 so far/);
  const health = await scrape(metrics, '/healthz');
  t.is(health.status, 200, 'it still serves other clients, and a restart would not help');
  t.regex(health.text, /^degraded: 1 problem/);
  const numbers = (await scrape(metrics, '/metrics')).text;
  t.regex(numbers, /^tidegate_refusals_total\{verdict="refused",reason="too_many_from_client"\} 1$/m);
  t.regex(numbers, /^tidegate_connection_limit_reached\{limit="limits\.connections-per-client"\} 1$/m);
  t.regex(numbers, /^tidegate_connection_limit_reached\{limit="limits\.connections"\} 0$/m);
  t.regex(numbers, /^tidegate_connections_largest_client 3$/m);
  t.regex(numbers, /^tidegate_degraded 1$/m);

  for (const client of open) client.close();
  await until(
    async () => (await status()).code === 0,
    () => `still degraded; said ${tidegate.said()}`,
  );
  t.is((await scrape(metrics, '/healthz')).text, 'well\n');
  t.is(await tidegate.stop(), 0);
  const lines = tidegate
    .said()
    .split('\n')
    .filter((line) => line.includes('connection limit'));
  t.is(lines.length, 2, lines.join('\n'));
  t.regex(lines[0] ?? '', /connection limit reached; further connections are refused.*"client":"127\.0\.0\.1"/);
  t.regex(lines[1] ?? '', /connection limit no longer reached.*"refused":1/);
});

test.serial('more connections than files may be open for are reported at the start', async (t) => {
  const tidegate = await startTidegate({ config: { limits: { connections: 1_000_000 } } });
  t.teardown(tidegate.discard);
  const warnings = tidegate.started['warnings'] as readonly string[];
  t.regex(warnings[0] ?? '', /^too few files may be open: limits\.connections is 1000000, which takes 2000000/);
  t.regex(tidegate.said(), /too few files may be open/);
  t.is(await tidegate.stop(), 0);
});
