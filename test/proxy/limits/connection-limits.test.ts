import test from 'ava';
import { ConnectionLimits, type ReachedLimit } from '../../../lib/proxy/limits/index.js';
import { ReachedLimits } from '../../../lib/proxy/limits/reached-limits.js';

const NOW = new Date('2026-11-23T10:20:30Z');

function limits(most: { readonly total: number; readonly perClient: number }) {
  const said: string[] = [];
  const note = (what: string) => (limit: ReachedLimit) => said.push(`${what} ${limit.limit} ${limit.client}`);
  const clocks = { now: () => NOW, mono: () => 0 };
  return { said, limits: new ConnectionLimits(most, { reached: note('reached'), left: note('left') }, clocks) };
}

test('a client at its limit is refused, and takes nothing from others however often it tries', (t) => {
  const { limits: counted } = limits({ total: 10, perClient: 5 });
  for (let i = 0; i < 5; i += 1) t.is(counted.arrived('greedy').over, 'no');
  for (let i = 0; i < 100; i += 1) {
    const { over, closed } = counted.arrived('greedy');
    t.is(over, 'too_many_from_client');
    closed();
  }
  for (let i = 0; i < 5; i += 1) t.is(counted.arrived(`other-${i}`).over, 'no');
  t.is(counted.arrived('late').over, 'too_many_connections');
  t.like(counted.counts(), { open: 10, largestClient: 5 });
});

test('only so many refusals are under way at once; further connections are closed without one, and counted', (t) => {
  const { limits: counted } = limits({ total: 1, perClient: 1 });
  counted.arrived('a');
  const refused = Array.from({ length: 20 }, () => counted.arrived('a'));
  t.deepEqual(refused.map(({ over }) => over).filter((over) => over === 'too_many_from_client').length, 16);
  t.is(counted.counts().dropped, 4);
  refused[0]?.closed();
  t.is(counted.arrived('a').over, 'too_many_from_client');
});

test('a limit is reached once, counts what it refuses, and is that of the client or of all', (t) => {
  const { said, limits: counted } = limits({ total: 3, perClient: 2 });
  counted.arrived('a');
  t.deepEqual(counted.counts().reached, []);
  counted.arrived('a');
  counted.arrived('a');
  counted.arrived('a');
  t.deepEqual(said, ['reached limits.connections-per-client a']);
  t.like(counted.counts().reached[0], { client: 'a', most: 2, refused: 2, since: NOW });
  counted.arrived('b');
  counted.arrived('c');
  t.is(said[1], 'reached limits.connections all');
  t.deepEqual(
    counted.counts().reached.map(({ client, refused }) => [client, refused]),
    [
      ['all', 1],
      ['a', 2],
    ],
    'the one that concerns everyone comes first',
  );
});

test('a limit is left once there has been room for seconds, not at each connection that closes', (t) => {
  const left: ReachedLimit[] = [];
  const reached = new ReachedLimits({ reached: () => undefined, left: (limit) => left.push(limit) }, () => NOW);
  reached.at('a', 100, 100, 0);
  reached.refused('a');
  reached.at('a', 99, 100, 1_000);
  reached.look(60_000);
  t.is(reached.all().length, 1, '99 of 100 is no room');
  reached.at('a', 90, 100, 61_000);
  reached.at('a', 100, 100, 62_000);
  reached.look(70_000);
  t.is(reached.all().length, 1, 'reached again within the seconds');
  reached.at('a', 90, 100, 71_000);
  reached.look(75_000);
  t.is(reached.all().length, 1);
  reached.look(76_000);
  t.deepEqual(reached.all(), []);
  t.like(left, [{ client: 'a', refused: 1 }]);
});

test('a limit of one is left when its only connection is closed', (t) => {
  const reached = new ReachedLimits({ reached: () => undefined, left: () => undefined }, () => NOW);
  reached.at('a', 1, 1, 0);
  reached.at('a', 0, 1, 0);
  reached.look(5_000);
  t.deepEqual(reached.all(), []);
});

test('many clients at their limit are followed up to a bound, beside the limit on all', (t) => {
  const reached = new ReachedLimits({ reached: () => undefined, left: () => undefined }, () => NOW);
  for (let i = 0; i < 1_000; i += 1) reached.at(`client-${i}`, 1, 1, 0);
  reached.at('all', 9, 9, 0);
  t.is(reached.all().length, 101);
  t.is(reached.all()[0]?.limit, 'limits.connections');
});
