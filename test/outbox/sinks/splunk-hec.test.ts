import type { IncomingMessage } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import type { HecTarget } from '../../../lib/outbox/sinks/splunk-hec.js';
import { until } from '../../fixtures/waiting.js';
import { trail } from '../feed-fixture.js';
import { type Came, httpReceiver, type HttpReceiver, ship, survivesKills } from '../receiver-fixture.js';

const KEYS = ['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields'];
const read = () => Promise.resolve({ kind: 'secret', secret: 't0ken' } as const);
const secret = { header: 'authorization', before: 'Splunk ', read } as const;

interface Collector extends HttpReceiver {
  readonly indexed: Came[];
}

/** As strict as the collector's documentation: token, channel, shape of events; with `ack`, what was not acknowledged dies with it. */
async function collector(t: ExecutionContext, ack: boolean): Promise<Collector> {
  const indexed: Came[] = [];
  let waiting = new Map<number, Came[]>();
  let asked = new Set<number>();
  let next = 0;
  const receiver = await httpReceiver(t, (request, body, response) => {
    t.is(request.headers.authorization, 'Splunk t0ken');
    t.is(request.method, 'POST');
    if (ack) t.regex(String(request.headers['x-splunk-request-channel']), /^[0-9a-f-]{36}$/);
    if (request.url === '/services/collector/ack') {
      const { acks } = JSON.parse(body.toString()) as { acks: number[] };
      // Indexed by the second time it is asked.
      const done = acks.filter((id) => asked.has(id));
      for (const id of done) indexed.push(...(waiting.get(id) ?? []));
      asked = new Set([...asked, ...acks]);
      return void response.end(
        JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, done.includes(id) && waiting.has(id)])) }),
      );
    }
    const events = eventsIn(t, request, body);
    if (!ack) indexed.push(...events);
    const ackId = next++;
    waiting.set(ackId, events);
    response.end(JSON.stringify({ text: 'Success', code: 0, ...(ack ? { ackId } : {}) }));
  });
  const kill = async (): Promise<void> => {
    await receiver.kill();
    waiting = new Map();
    asked = new Set();
  };
  return { ...receiver, kill, indexed };
}

function eventsIn(t: ExecutionContext, { url }: IncomingMessage, body: Buffer): Came[] {
  t.is(url, '/services/collector/event');
  return body
    .toString()
    .split('\n')
    .map((line) => {
      const event = JSON.parse(line) as Record<string, unknown> & { event: Came; fields: object };
      t.deepEqual(
        Object.keys(event).filter((key) => !KEYS.includes(key)),
        [],
      );
      t.like(event, { host: 'egress-1', source: 'tidegate', sourcetype: 'tidegate:audit' });
      t.true(Math.abs(Number(event['time']) - Date.now() / 1_000) < 3_600);
      t.deepEqual(event.fields, { tidegate_id: event.event.id, tidegate_seq: event.event.seq });
      return event.event;
    });
}

function target(port: number, ack: boolean): HecTarget {
  return {
    use: 'splunk-hec',
    url: `http://127.0.0.1:${port}`,
    index: 'default',
    source: 'tidegate',
    sourcetype: 'tidegate:audit',
    ack,
  };
}

for (const ack of [false, true]) {
  test(`a collector that is killed and restarted in mid stream misses nothing (${ack ? 'with' : 'without'} acknowledgement)`, async (t) => {
    const journal = await trail(t);
    const splunk = await collector(t, ack);
    // A collector that was restarted has forgotten what it was asked to acknowledge.
    ship(t, journal, target(splunk.port, ack), { secret, timeoutMs: 2_000 });
    await survivesKills(t, journal, () => splunk.indexed, splunk);
  });
}

test('what the collector says is distinguished: events at fault, a wrong token, another server', async (t) => {
  let answer: readonly [number, string] = [200, '{"text":"Success","code":0}'];
  const splunk = await httpReceiver(
    t,
    (_request, _body, response) => void response.writeHead(answer[0]).end(answer[1]),
  );
  const told = async (status: number, text: string): Promise<unknown> => {
    answer = [status, text];
    const other = await trail(t);
    const shipping = ship(t, other, target(splunk.port, false), { secret });
    await until(
      () => shipping.status()[0]?.state === 'failing',
      () => 'it does not fail',
    );
    const [status0] = shipping.status();
    await shipping.close(0);
    return [status0?.error, status0?.refused];
  };
  t.deepEqual(await told(400, '{"text":"Invalid data format","code":6}'), [
    'answered 400: {"text":"Invalid data format","code":6}',
    1,
  ]);
  t.deepEqual(await told(400, '{"text":"Incorrect index","code":7}'), [
    'answered 400: {"text":"Incorrect index","code":7}',
    'none',
  ]);
  t.deepEqual(await told(403, '{"text":"Invalid token t0ken","code":4}'), [
    'answered 403: {"text":"Invalid token ***","code":4}',
    'none',
  ]);
  t.deepEqual(await told(200, 'welcome'), ['answered 200, but not as a collector: welcome', 'none']);
});
