import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { tidegate } from '../../cli/command.js';
import { diagnosisOf } from '../../cli/doctor/examining.js';
import { freePort } from '../../fixtures/free-port.js';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { run } from '../../fixtures/program.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { LOOPBACK_POLICY, startTidegate, type Tidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';

interface Fault {
  readonly title: string;
  /** What makes the folder bad; called with its path. */
  readonly begin: (folder: string, running: Tidegate) => Promise<unknown>;
  readonly end: (folder: string, running: Tidegate) => Promise<unknown>;
  readonly degraded: RegExp;
  readonly restart: RegExp;
}

const AWAY = '.away';
const restored = (folder: string): Promise<void> => rename(folder + AWAY, folder);
const restoredFile = (folder: string): Promise<void> =>
  rename(join(folder, 'loopback.yaml') + AWAY, join(folder, 'loopback.yaml'));

const FAULTS: readonly Fault[] = [
  {
    title: 'an emptied policy folder',
    begin: (folder) => rename(join(folder, 'loopback.yaml'), join(folder, 'loopback.yaml') + AWAY),
    end: restoredFile,
    degraded: /^the policy folder holds no policy any more; .*; do not restart: it would deny everything$/,
    restart: /^do not restart: it would start without a policy and deny everything/,
  },
  {
    title: 'a policy folder that cannot be read',
    begin: (folder) => rename(folder, folder + AWAY),
    end: restored,
    degraded: /^the policy folder cannot be read; .*; do not restart: it would not start$/,
    restart: /^do not restart: it would not start \(see the problems of policies\)/,
  },
  {
    title: 'a broken policy file',
    begin: (_, { folder }) => folder.write(join('policies', 'loopback.yaml'), 'policy: loopback\nalow: []\n'),
    end: (_, { folder }) => folder.write(join('policies', 'loopback.yaml'), LOOPBACK_POLICY),
    degraded: /^the last policy change was rejected; .*; do not restart: it would not start$/,
    restart: /^do not restart: it would not start \(see the problems of policies\)/,
  },
];

interface Seen {
  readonly exit: number | string;
  readonly degraded: readonly string[];
  /** The status code and the body. */
  readonly health: string;
  readonly metric: string;
}

async function seenOf({ folder }: Tidegate, metrics: number): Promise<Seen> {
  const status = await tidegate(['status', '--json', '--state', join(folder.path, 'state')]);
  const { degraded } = JSON.parse(status.stdout) as { readonly degraded: readonly string[] };
  const at = `http://127.0.0.1:${metrics}`;
  const health = await run('curl', ['-s', '-w', '%{http_code}', `${at}/healthz`]);
  const { stdout: numbers } = await run('curl', ['-s', `${at}/metrics`]);
  const [, metric = ''] = /^tidegate_degraded (.*)$/m.exec(numbers) ?? [];
  return { exit: status.code, degraded, health: health.stdout, metric };
}

async function passes(t: ExecutionContext, { port }: Tidegate): Promise<void> {
  const origin = await startOrigin(echoing);
  const tunnel = await tunnelTo(port, `127.0.0.1:${origin.port}`);
  await tunnel.send('still');
  t.is(await tunnel.readBytes(5), 'still');
  tunnel.close();
  await origin.close();
}

for (const { title, begin, end, degraded, restart } of FAULTS) {
  test.serial(`${title} changes no verdict, degrades everywhere, and warns of a restart (law 1)`, async (t) => {
    const metrics = await freePort();
    const running = await startTidegate({ config: { metrics: { listen: `127.0.0.1:${metrics}` } } });
    t.teardown(running.discard);
    const folder = join(running.folder.path, 'policies');
    t.deepEqual(await seenOf(running, metrics), { exit: 0, degraded: [], health: 'well\n200', metric: '0' });
    await begin(folder, running);
    await running.recorded(({ kind, outcome }) => kind === 'policy' && outcome === 'rejected', 'the rejection');
    const seen = await seenOf(running, metrics);
    t.is(seen.exit, 1);
    t.is(seen.degraded.length, 1);
    t.regex(seen.degraded.join(), degraded);
    t.is(seen.health, 'degraded: 1 problem, listed by tidegate status\n200');
    t.is(seen.metric, '1');
    await passes(t, running);
    const examined = await tidegate(['doctor', '--json', '--config', join(running.folder.path, 'tidegate.yaml')]);
    t.is(examined.code, 1);
    t.regex(diagnosisOf(examined.code, examined.stdout).of('restart')[0]?.words ?? '', restart);
    await end(folder, running);
    await until(
      async () => (await seenOf(running, metrics)).exit === 0,
      () => `still degraded; said ${running.said()}`,
    );
    t.is(await running.stop(), 0);
  });
}

test.serial('a start without any policy refuses everything, and is degraded and unhealthy (A15)', async (t) => {
  const metrics = await freePort();
  const running = await startTidegate({ policies: {}, config: { metrics: { listen: `127.0.0.1:${metrics}` } } });
  t.teardown(running.discard);
  t.deepEqual(await seenOf(running, metrics), {
    exit: 1,
    degraded: ['no policy is loaded; all traffic is refused'],
    health: 'no policy is loaded; all traffic is refused\n503',
    metric: '1',
  });
});
