import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { rawClient, tunnelTo, type RawClient } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { pause, until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';

type Tried = { readonly client: RawClient; readonly head: string } | 'closed';

const test = testWith('prlimit');

/** Asks for a tunnel; the client, or nothing where the proxy had no descriptor left to accept or to dial with. */
async function tryTunnel(port: number, authority: string): Promise<Tried> {
  try {
    const client = await rawClient(port);
    await client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    return { client, head: await client.readHead() };
  } catch {
    return 'closed';
  }
}

test('a process out of descriptors lives on, answers 503 where it can, and recovers', async (t) => {
  const origin = await startOrigin(echoing);
  const tidegate = await startTidegate();
  const authority = `127.0.0.1:${origin.port}`;
  const used = readdirSync(`/proc/${tidegate.pid}/fd`).length;
  execFileSync('prlimit', [`--nofile=${used + 21}:`, '--pid', String(tidegate.pid)]);
  const tried: Tried[] = [];
  for (let i = 0; i < 40; i += 1) tried.push(await tryTunnel(tidegate.port, authority));
  const heads = tried.map((one) => (one === 'closed' ? one : one.head.slice(0, 12)));
  t.true(heads.includes('HTTP/1.1 200'), 'some were served before');
  t.true(
    heads.some((head) => head !== 'HTTP/1.1 200'),
    'the limit was reached',
  );
  t.true(
    heads.every((head) => ['closed', 'HTTP/1.1 200', 'HTTP/1.1 503'].includes(head)),
    heads.join(' '),
  );
  await pause(1_000); // the policy folder is looked at meanwhile
  for (const one of tried) if (one !== 'closed') one.client.close();
  await until(
    () => readdirSync(`/proc/${tidegate.pid}/fd`).length <= used + 4,
    () => 'descriptors were not given back',
  );
  const after = await tunnelTo(tidegate.port, authority);
  await after.send('alive');
  t.is(await after.readBytes(5), 'alive');
  after.close();
  t.is(await tidegate.stop(), 0);
  const refused = (await tidegate.journal()).filter(({ outcome }) => outcome === 'rejected');
  t.deepEqual(refused, [], 'a folder that cannot be looked at is no change of policy');
  await tidegate.discard();
  await origin.close();
});
