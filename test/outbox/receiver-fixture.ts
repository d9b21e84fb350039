import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { type Sinks, type SinkTarget, startSinks } from '../../lib/outbox/index.js';
import type { SinkParts } from '../../lib/outbox/sinks/index.js';
import { until } from '../fixtures/waiting.js';
import { brisk, recordsOf, type Trail } from './feed-fixture.js';
import { localLookup } from '../fixtures/local-lookup.js';

/** One record that came: the journal's number and the id, however the receiver found them. */
export interface Came {
  readonly seq: number;
  readonly id: string;
}

/** What a receiver has stored so far, in the order of coming. */
export type Stored = () => readonly Came[] | Promise<readonly Came[]>;

/** A receiver over HTTP that can be killed, with all its connections, and started again on the same port. */
export interface HttpReceiver {
  readonly port: number;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** Answers one whole request. */
export type Serve = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

/** Starts a receiver; what `serve` throws fails the test. */
export async function httpReceiver(t: ExecutionContext, serve: Serve): Promise<HttpReceiver> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Buffer[] = [];
    request.on('data', (bytes: Buffer) => pieces.push(bytes));
    request.on('error', () => undefined);
    request.on('end', () => {
      try {
        serve(request, Buffer.concat(pieces), response);
      } catch (error) {
        t.fail(String(error));
        response.writeHead(400).end(String(error));
      }
    });
  };
  let server = createServer(answer);
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  t.teardown(kill);
  const restart = (): Promise<void> => {
    server = createServer(answer);
    return listen(port);
  };
  return { port, kill, restart };
}

/** What a sink needs besides its target; none of it is secret or encrypted. */
export const plainParts: SinkParts = {
  from: { version: '1.2.3', host: 'egress-1' },
  timeoutMs: 20_000,
  trust: 'plain',
  headers: {},
  secret: 'none',
  lookup: localLookup,
  loadTransport: () => Promise.reject(new Error('no transport')),
};

/** Ships a trail to one sink in our own JSON, in small batches. */
export function ship(t: ExecutionContext, trail: Trail, target: SinkTarget, parts: Partial<SinkParts> = {}): Sinks {
  const shipping = startSinks({
    source: { directory: trail.directory, durable: trail.durable },
    cursors: `${trail.cursorFile}s`,
    settings: [
      {
        ...{
          name: 'test',
          target,
          parts: { ...plainParts, ...parts },
          kinds: 'all',
          from: 'oldest',
          onRefused: 'retry',
        },
        limits: { records: 20, bytes: 1024 * 1024, waitMs: 1 },
        render: ({ seq, kind, content }, id) => {
          const object = { id, seq, kind, content };
          return { text: JSON.stringify(object), object };
        },
      },
    ],
    onEvent: () => undefined,
    clock: brisk(),
  });
  t.teardown(() => shipping.close(0));
  return shipping;
}

/** How a receiver is killed while records are coming, and brought back. */
export interface Mortal {
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/**
 * Feeds a receiver that is killed and restarted three times in mid stream, and sees that nothing is missing: with the
 * repeats taken out by their ids, exactly the journal's records are there, in their order.
 */
export async function survivesKills(
  t: ExecutionContext,
  trail: Trail,
  stored: Stored,
  { kill, restart }: Mortal,
): Promise<void> {
  const enough = async (count: number): Promise<void> => {
    await until(
      async () => new Set((await stored()).map(({ id }) => id)).size >= count,
      () => `${count} records never came`,
      60_000,
    );
  };
  for (let round = 1; round <= 3; round += 1) {
    const more = trail.append(200);
    await enough((round - 1) * 200 + 30);
    await kill();
    await more;
    await restart();
  }
  const expected = await recordsOf(trail);
  await enough(expected.length);
  t.deepEqual(withoutRepeats(await stored()), expected);
}

/** What came, each record where it came first. */
export function withoutRepeats(came: readonly Came[]): readonly string[] {
  return [...new Set(came.map(({ seq, id }) => `${seq} ${id}`))];
}

/** The record in one line of our own JSON. */
export function recordIn(text: string): Came {
  const { seq, id } = JSON.parse(text) as Came;
  return { seq, id };
}
