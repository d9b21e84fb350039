import { Socket } from 'node:net';
import test from 'ava';
import type { TcpRow } from '../../../lib/proxy/gone-peers/tcp-table.js';
import { WatchedSocket } from '../../../lib/proxy/gone-peers/watched-socket.js';

/** When and how a row of the system's table came to be, for a socket whose peer must answer within 60 s. */
type Seen = readonly [second: number, unanswered: number];

/** The second at which the socket is closed, if it is. */
function closedAt(awaits: TcpRow['awaits'], seen: readonly Seen[]): number | 'never' {
  const socket = new Socket().on('error', () => undefined);
  const watched = new WatchedSocket(socket, { heldBackMs: 30_000, unansweredMs: 60_000 });
  for (const [second, unanswered] of seen) {
    watched.compare({ unacknowledged: 5, awaits, unanswered }, 5, second * 1_000);
    if (socket.destroyed) return second;
  }
  return 'never';
}

test('a peer that acknowledges nothing for 60 s has gone', (t) => {
  t.is(
    closedAt('acknowledgement', [
      [0, 0],
      [10, 5],
      [20, 6],
      [30, 7],
      [60, 8],
      [70, 8],
    ]),
    70,
  );
});

test('a peer that acknowledges something in between has not, however often bytes are sent again', (t) => {
  t.is(
    closedAt('acknowledgement', [
      [10, 5],
      [20, 6],
      [30, 2],
      [40, 4],
      [60, 6],
      [80, 7],
    ]),
    'never',
  );
  t.is(
    closedAt('acknowledgement', [
      [10, 5],
      [40, 0],
      [50, 5],
      [90, 7],
    ]),
    'never',
  );
});

test('a lost packet or two on a slow way do not make a peer gone', (t) => {
  t.is(
    closedAt('acknowledgement', [
      [10, 1],
      [40, 2],
      [75, 3],
    ]),
    'never',
  );
});

test('a peer that has no room and does not answer has gone', (t) => {
  t.is(
    closedAt('room', [
      [0, 1],
      [50, 2],
      [60, 2],
    ]),
    60,
  );
  t.is(
    closedAt('room', [
      [0, 1],
      [60, 1],
      [110, 1],
    ]),
    'never',
  );
});
