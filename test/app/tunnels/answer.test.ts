import test, { type ExecutionContext } from 'ava';
import {
  answerRequest,
  type Cut,
  type Rejection,
  type Tunnels,
  type TunnelSource,
} from '../../../lib/app/tunnels/index.js';
import type { AuditRecord } from '../../../lib/audit/index.js';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo, type RawClient } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { startRig, type Rig } from '../../proxy/rig.js';

interface World {
  readonly rig: Rig;
  readonly port: number;
  readonly clients: readonly RawClient[];
  readonly source: TunnelSource;
  readonly recorded: AuditRecord[];
  readonly ask: (request: unknown) => Promise<Tunnels | Cut | Rejection>;
}

const HOSTS = { 'a.test': ['127.0.0.1'], 'b.a.test': ['127.0.0.1'] };

/** Two open tunnels, to `a.test` and then to `b.a.test`. */
async function world(t: ExecutionContext): Promise<World> {
  const origin = await startOrigin(echoing);
  const rig = await startRig({ hosts: HOSTS });
  const clients: RawClient[] = [];
  for (const host of ['a.test', 'b.a.test']) clients.push(await tunnelTo(rig.port, `${host}:${origin.port}`));
  await until(
    () => rig.proxy.passing().length === 2,
    () => 'the tunnels are not open',
  );
  const recorded: AuditRecord[] = [];
  const source: TunnelSource = {
    passing: rig.proxy.passing,
    record: (record) => Promise.resolve(recorded.push(record) > 0),
    log: { warn: () => undefined },
    now: () => new Date(),
  };
  t.teardown(async () => {
    for (const client of clients) client.close();
    await rig.end();
    await origin.close();
  });
  const ask = (request: unknown) => answerRequest(JSON.stringify(request), source);
  return { rig, port: origin.port, clients, source, recorded, ask };
}

async function closes({ rig }: World, wanted: number) {
  const found = async () => (await rig.records()).filter(({ kind }) => kind === 'close');
  await until(
    async () => (await found()).length === wanted,
    () => `not ${wanted} close records`,
  );
  return await found();
}

async function listed(ask: World['ask'], select: object, limit?: number): Promise<readonly string[]> {
  const answer = await ask({ request: 'tunnels', select, ...(limit === undefined ? {} : { limit }) });
  if (answer.reply !== 'tunnels') throw new Error(JSON.stringify(answer));
  return answer.tunnels.map(({ destination }) => destination.host);
}

test('what is open is listed with its client, destination, rule and bytes, the oldest first', async (t) => {
  const { ask, port, clients } = await world(t);
  await clients[1]?.send('hello');
  await clients[1]?.readBytes(5);
  const answer = await ask({ request: 'tunnels', select: {} });
  if (answer.reply !== 'tunnels') return t.fail(JSON.stringify(answer));
  const [first, second] = answer.tunnels;
  t.like(first, {
    request: 'tunnel',
    client: { ip: '127.0.0.1', user: null },
    destination: { host: 'a.test', port },
    dialled: '127.0.0.1',
    rule: 'open/names',
    would_deny: null,
    seen: 'not_checked',
    bytes_out: 0,
  });
  return t.like(second, { destination: { host: 'b.a.test', port }, bytes_out: 5, bytes_in: 5 });
});

test('a list has what is selected, and says how many there are beyond its limit', async (t) => {
  const { ask, port } = await world(t);
  t.deepEqual(await listed(ask, {}), ['a.test', 'b.a.test']);
  t.deepEqual(await listed(ask, { destination: 'a.test' }), ['a.test']);
  t.deepEqual(await listed(ask, { destination: '*.a.test' }), ['b.a.test']);
  t.deepEqual(await listed(ask, { destination: '127.0.0.0/8' }), ['a.test', 'b.a.test'], 'also by where the name led');
  t.deepEqual(await listed(ask, { destination: `a.test:${port}` }), ['a.test']);
  t.deepEqual(await listed(ask, { port: '1' }), []);
  t.deepEqual(await listed(ask, { client: '127.0.0.1', rule: 'names' }), ['a.test', 'b.a.test']);
  t.deepEqual(await listed(ask, { client: '10.0.0.0/8' }), []);
  t.deepEqual(await listed(ask, { policy: 'other' }), []);
  t.deepEqual(await listed(ask, { user: 'nobody' }), []);
  t.deepEqual(await listed(ask, {}, 1), ['a.test']);
  t.like(await ask({ request: 'tunnels', select: {}, limit: 1 }), { open: 2 });
});

test('an attempt is cut by its id in any case, and its end says who asked and why', async (t) => {
  const all = await world(t);
  const { ask, rig, clients, recorded } = all;
  const [first] = rig.proxy.passing();
  const id = first?.attempt.id ?? '';
  const attempts = [id.toLowerCase(), 'no-such-attempt'];
  const answer = await ask({ request: 'cut', attempts, select: {}, by: 'alice', why: 'incident 4711' });
  t.like(answer, { reply: 'cut', ended: 1, not_open: ['no-such-attempt'], recorded: true });
  t.like(await clients[0]?.readToEnd(), { text: '' });
  const [close] = await closes(all, 1);
  t.like(close, { attempt: id, verdict: 'allowed', ended_by: 'operator', detail: 'cut by alice: incident 4711' });
  t.is(rig.proxy.passing().length, 1);
  t.like(recorded[0], { kind: 'admin', action: 'tunnels_cut' });
  t.regex(JSON.stringify(recorded[0]), /1 tunnel cut by alice: incident 4711 \(/);
});

test('a filter cuts all that it selects, and nothing else', async (t) => {
  const all = await world(t);
  const answer = await all.ask({
    request: 'cut',
    attempts: [],
    select: { destination: '*.a.test' },
    by: 'bob',
    why: '',
  });
  t.like(answer, { ended: 1, not_open: [] });
  t.like((await closes(all, 1))[0], { ended_by: 'operator', detail: 'cut by bob' });
  t.is(all.rig.proxy.passing()[0]?.attempt.destination.host.kind, 'name');
  t.deepEqual(await listed(all.ask, {}), ['a.test']);
});

test('a cut that would mean everything, or names and filters at once, ends nothing', async (t) => {
  const { ask, rig, recorded } = await world(t);
  const [first] = rig.proxy.passing();
  const by = { by: 'alice', why: '' };
  const both = { attempts: [first?.attempt.id], select: { user: 'x' } };
  for (const request of [{ attempts: [], select: {} }, both]) {
    t.like(await ask({ request: 'cut', ...request, ...by }), { reply: 'rejected' });
  }
  t.is(rig.proxy.passing().length, 2);
  t.deepEqual(recorded, []);
});

test('an unknown request, and a filter that cannot be understood, are refused with the reason', async (t) => {
  const { ask, source } = await world(t);
  t.deepEqual(
    await ask({ request: 'tunnels', select: { destination: 'a b' } }).then((answer) => answer.reply),
    'rejected',
  );
  t.like(await ask({ request: 'reboot' }), { reply: 'rejected' });
  t.like(await ask({ request: 'cut', attempts: [], select: { usr: 'x' }, by: 'a', why: '' }), { reply: 'rejected' });
  t.like(await answerRequest('status please', source), { reply: 'rejected' });
});

test('a tunnel is cut although the journal does not confirm the record of the action', async (t) => {
  const { source, clients } = await world(t);
  const request = { request: 'cut', attempts: [], select: { destination: 'a.test' }, by: 'a', why: '' };
  const answer = await answerRequest(JSON.stringify(request), { ...source, record: () => Promise.resolve(false) });
  t.like(answer, { ended: 1, recorded: false });
  t.like(await clients[0]?.readToEnd(), { text: '' });
});
