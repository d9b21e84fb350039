import test from 'ava';
import { addressFromSocket } from '../../../lib/address/index.js';
import { Turns, type EndTurn } from '../../../lib/proxy/upstream/turns.js';

const [noisy, quiet, third] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(addressFromSocket);
if (noisy === undefined || quiet === undefined || third === undefined) throw new Error();

function end(turn: EndTurn | 'none' | undefined): void {
  if (turn === undefined || turn === 'none') throw new Error('no turn');
  turn();
}

test('one client has half of the turns at most, and others have theirs at once', async (t) => {
  const turns = new Turns({ total: 4, perClient: 2, waiting: 10 });
  await turns.take(noisy, 1_000);
  await turns.take(noisy, 1_000);
  t.is(await turns.take(noisy, 1), 'none');
  t.not(await turns.take(quiet, 1), 'none');
});

test('clients that wait come one after the other, however much one of them wants', async (t) => {
  const turns = new Turns({ total: 1, perClient: 1, waiting: 100 });
  const first = await turns.take(third, 1_000);
  const order: string[] = [];
  const wait = async (name: string, from: typeof noisy): Promise<void> => {
    const turn = await turns.take(from, 60_000);
    order.push(name);
    end(turn);
  };
  const all = [wait('n1', noisy), wait('n2', noisy), wait('n3', noisy), wait('q1', quiet), wait('q2', quiet)];
  end(first);
  await Promise.all(all);
  t.deepEqual(order, ['n1', 'q1', 'n2', 'q2', 'n3']);
});

test('addresses of one IPv6 network of 64 bits are one client', async (t) => {
  const turns = new Turns({ total: 4, perClient: 1, waiting: 10 });
  await turns.take(addressFromSocket('2001:db8::1'), 1_000);
  t.is(await turns.take(addressFromSocket('2001:db8::2'), 1), 'none');
  t.not(await turns.take(addressFromSocket('2001:db8:0:1::1'), 1), 'none');
});

test('who waits too long, or comes when too many wait, gets none', async (t) => {
  const turns = new Turns({ total: 1, perClient: 1, waiting: 2 });
  const first = await turns.take(noisy, 1_000);
  const waits = turns.take(noisy, 20);
  t.is(await turns.take(noisy, 60_000), 'none', 'one client has half of the line at most');
  const other = turns.take(quiet, 60_000);
  t.is(await turns.take(third, 60_000), 'none', 'the line is full');
  t.is(await waits, 'none');
  end(first);
  end(await other);
  t.not(await turns.take(third, 1), 'none');
});
