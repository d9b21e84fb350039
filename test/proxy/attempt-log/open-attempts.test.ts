import test from 'ava';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { rawClient, tunnelTo } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import type { NotWritten } from '../../../lib/journal/index.js';
import { startRig, type Rig } from '../rig.js';

const HOSTS = { 'a.test': ['127.0.0.1'] };
const FULL: NotWritten = { kind: 'not_written', reason: 'full', detail: 'no room' };

/** A rig whose journal takes nothing while its disk is full. */
async function rigOnDisk(): Promise<{ rig: Rig; full: (is: boolean) => void }> {
  let isFull = false;
  const rig = await startRig({
    hosts: HOSTS,
    disturb: (journal) => ({
      state: () => (isFull ? { kind: 'full', seq: 0, detail: FULL.detail } : journal.state()),
      append: (entry) => (isFull ? Promise.resolve(FULL) : journal.append(entry)),
    }),
  });
  return { rig, full: (is) => (isFull = is) };
}

async function ask(rig: Rig): Promise<string> {
  const client = await rawClient(rig.port);
  await client.send('CONNECT denied.example:443 HTTP/1.1\r\nHost: denied.example:443\r\n\r\n');
  const head = await client.readHead();
  client.close();
  return head.slice(9, 12);
}

function count({ logged }: Rig, event: string): number {
  return logged.filter((line) => line.startsWith(event)).length;
}

async function closesOf(rig: Rig): Promise<number> {
  return (await rig.records()).filter(({ kind }) => kind === 'close').length;
}

test('ends that find no room are written when there is room again; the log has one line for all that was refused', async (t) => {
  const origin = await startOrigin(echoing);
  const { rig, full } = await rigOnDisk();
  const tunnels = await Promise.all(Array.from({ length: 20 }, () => tunnelTo(rig.port, `a.test:${origin.port}`)));
  full(true);
  for (const tunnel of tunnels) tunnel.close();
  await until(
    () => rig.proxy.statistics().openTunnels === 0,
    () => 'tunnels are still open',
  );
  for (let n = 0; n < 30; n += 1) t.is(await ask(rig), '503');
  t.is(await closesOf(rig), 0);
  t.is(count(rig, 'records cannot be written'), 1);

  full(false);
  await until(
    async () => (await closesOf(rig)) === tunnels.length,
    () => 'ends are missing',
  );
  await until(
    () => count(rig, 'records are written again') === 1,
    () => `nothing said that it is over: ${rig.logged.join('\n')}`,
  );
  const over = rig.logged.find((line) => line.startsWith('records are written again')) ?? '';
  t.true(over.includes('"attempts_refused":30,"ends_late":20'), over);
  t.is(count(rig, 'records cannot be written'), 1);
  t.deepEqual(await rig.proxy.stop(0), { ended: 0, missing: 0 });
  await rig.end();
  await origin.close();
});

test('a stop on a full disk says how many ends are missing, and tries once more to write them', async (t) => {
  const origin = await startOrigin(echoing);
  const { rig, full } = await rigOnDisk();
  const [first, ...others] = await Promise.all(
    Array.from({ length: 5 }, () => tunnelTo(rig.port, `a.test:${origin.port}`)),
  );
  full(true);
  first?.close();
  await until(
    () => rig.proxy.statistics().openTunnels === others.length,
    () => 'the tunnel is still open',
  );
  t.deepEqual(await rig.proxy.stop(0), { ended: 5, missing: 5 });
  t.is(count(rig, 'records could not be written until the stop'), 1);
  full(false);
  t.deepEqual(await rig.proxy.stop(0), { ended: 5, missing: 0 });
  t.is(await closesOf(rig), 5);
  await rig.end();
  await origin.close();
});
