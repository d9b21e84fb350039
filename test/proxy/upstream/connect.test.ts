import test from 'ava';
import { echoing, silent, startOrigin } from '../../fixtures/origin.js';
import { rawClient } from '../../fixtures/raw-client.js';
import { pause, until } from '../../fixtures/waiting.js';
import { startRig } from '../rig.js';

function connectTo(authority: string): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
}

test('a client that goes away while its decision is being written is not dialled for (law 3)', async (t) => {
  const origin = await startOrigin(echoing);
  const client = { reset: (): void => undefined };
  const rig = await startRig({
    hosts: { 'a.test': ['127.0.0.1'] },
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        const before = rig.proxy.statistics().connections.open;
        if (entry.kind === 'decision') client.reset();
        await until(
          () => entry.kind !== 'decision' || rig.proxy.statistics().connections.open < before,
          () => 'the reset was not seen',
        );
        return journal.append(entry);
      },
    }),
  });
  for (let i = 0; i < 3; i += 1) {
    const raw = await rawClient(rig.port);
    client.reset = raw.reset;
    await raw.send(connectTo(`a.test:${origin.port}`));
    await until(
      async () => (await rig.records()).filter(({ kind }) => kind === 'close').length === i + 1,
      () => 'no close record',
    );
  }
  await pause(100); // a dial would arrive
  t.is(origin.arrivals.length, 0);
  const ends = (await rig.records()).filter(({ kind }) => kind === 'close');
  t.true(ends.every(({ ended_by, dialled }) => ended_by === 'connection_terminated' && dialled === null));
  await rig.end();
  await origin.close();
});

test('where every address fails, the record says how each did', async (t) => {
  const closed = await startOrigin(silent);
  await closed.close();
  const rig = await startRig({ hosts: { 'a.test': ['127.0.0.1', '127.0.0.2'] } });
  const client = await rawClient(rig.port);
  await client.send(connectTo(`a.test:${closed.port}`));
  t.regex(await client.readHead(), /^HTTP\/1\.1 503 Egress failed: the destination refused the connection/);
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['detail'], '127.0.0.1: ECONNREFUSED; 127.0.0.2: ECONNREFUSED');
  await rig.end();
});
