import { readFileSync } from 'node:fs';
import test from 'ava';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { tunnelTo, type RawClient } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';

const TUNNELS = 5_000;
const AT_ONCE = 50;

/** How many descriptors this process, and so its children, may have. */
function openFilesAtMost(): number {
  const line = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
  return Number(line?.[1] ?? 0);
}

const enough = process.platform === 'linux' && openFilesAtMost() >= 2 * TUNNELS + 500;
const withDescriptors = enough ? test : test.skip;

withDescriptors('5,000 idle tunnels are held, and each still carries bytes (needs: ulimit -n 10500)', async (t) => {
  t.timeout(240_000);
  const origin = await startOrigin(echoing);
  const limits = { connections: 6_000, 'connections-per-client': 6_000 };
  const tidegate = await startTidegate({ config: { limits } });
  const open: RawClient[] = [];
  while (open.length < TUNNELS) {
    const more = Array.from({ length: AT_ONCE }, () => tunnelTo(tidegate.port, `127.0.0.1:${origin.port}`));
    open.push(...(await Promise.all(more)));
  }
  // A tunnel's 200 says that the kernel has taken the connection; this process may accept it a moment later.
  await until(
    () => origin.arrivals.length === TUNNELS,
    () => `${origin.arrivals.length} connections arrived`,
  );
  t.true(origin.arrivals.every((arrival) => arrival.state() === 'open'));
  for (let i = 0; i < open.length; i += AT_ONCE) {
    const some = open.slice(i, i + AT_ONCE);
    await Promise.all(some.map((client) => client.send('ping')));
    const echoes = await Promise.all(some.map((client) => client.readBytes(4)));
    t.true(echoes.every((echo) => echo === 'ping'));
  }
  for (const client of open) client.close();
  t.is(await tidegate.stop(), 0);
  const records = await tidegate.journal();
  t.is(records.filter(({ kind }) => kind === 'decision').length, TUNNELS);
  t.is(records.filter(({ kind }) => kind === 'close').length, TUNNELS);
  await tidegate.discard();
  await origin.close();
});
