import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { HalibutClient } from '../standins/halibut/client.js';
import { PLATFORM, type EndPoint, type Platform } from '../standins/halibut/connection.js';
import { DotnetException } from '../standins/halibut/exceptions.js';
import { DataStream, type Request } from '../standins/halibut/messages.js';
import { handleWith, HalibutService } from '../standins/halibut/service.js';
import { OCTOPUS, PACKAGE_SIZE, someBytes, TENTACLE, tentacle, wayTo } from '../standins/halibut/world.js';
import { startTidegate, type Line, type Tidegate } from '../fixtures/tidegate.js';
import { orHung, until } from '../fixtures/waiting.js';

/** How long a connection lies idle, ms: in the long tests nearly as long as Halibut keeps one. */
const IDLE = process.env['TIDEGATE_LONG'] === undefined ? 1_000 : 530_000;

const USERS = { 'spaces-1.production': 'tide-2027' };

/** Lets a Tentacle's port be reached under a name. */
function policyFor(...ports: readonly number[]): string {
  return `policy: tentacles
allow:
  - id: tentacles
    to: [tentacle.test]
    resolves-to: [127.0.0.0/8]
    protocol: tentacle
    ports: [${ports.join(', ')}]
`;
}

interface World {
  readonly tidegate: Tidegate;
  readonly service: HalibutService;
  readonly to: EndPoint;
}

/** A Tentacle, and a tidegate that lets it be reached. Both end with the test. */
async function world(
  t: Parameters<typeof tentacle>[0],
  { users = {}, platform = PLATFORM }: { users?: Readonly<Record<string, string>>; platform?: Platform } = {},
): Promise<World> {
  const service = await tentacle(t, { platform });
  const tidegate = await startTidegate({
    policies: { 'tentacles.yaml': policyFor(service.port) },
    users,
    config: {
      hosts: { 'tentacle.test': ['127.0.0.1'], 'denied.test': ['127.0.0.1'] },
      ...(Object.keys(users).length === 0 ? {} : { users: { challenge: 'always' } }),
    },
  });
  t.teardown(() => tidegate.discard());
  const proxy = { host: '127.0.0.1', port: tidegate.port };
  return { tidegate, service, to: wayTo('tentacle.test', service.port, proxy) };
}

/** A Halibut that does not wait between its tries. */
function hurried(options: { readonly pooledTimeout?: number; readonly now?: () => number } = {}): HalibutClient {
  return new HalibutClient({ certificate: OCTOPUS, pause: () => Promise.resolve(), ...options });
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  if (error instanceof DotnetException) return error.message;
  throw new Error(`expected an exception, met ${String(error)}`);
}

const decisions = async (tidegate: Tidegate): Promise<Line[]> =>
  (await tidegate.journal()).filter(({ kind }) => kind === 'decision');

for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
  test.serial(`Halibut calls a Tentacle over ${tls}, and 100 MB go each way`, async (t) => {
    const { tidegate, service, to } = await world(t, { platform: { ...PLATFORM, tls: { min: tls, max: tls } } });
    const client = hurried();
    t.is(await client.call(to, 'IEcho', 'Say', 'over the tide'), 'over the tide...');
    const sent = someBytes(PACKAGE_SIZE);
    t.is(await client.call(to, 'IEcho', 'Digest', sent.again()), sent.digest);
    const received = await client.call(to, 'IEcho', 'Package');
    const digest = await client.call(to, 'IEcho', 'PackageDigest');
    t.true(received instanceof DataStream && received.length === PACKAGE_SIZE && received.digest === digest);
    t.like(service.visits, [{ tls, serverName: 'tentacle.test', calls: 4 }]);
    await client.close();
    const close = await tidegate.recorded(({ kind }) => kind === 'close', 'the end of the tunnel');
    t.true(Number(close['bytes_out']) > PACKAGE_SIZE && Number(close['bytes_in']) > PACKAGE_SIZE);
    t.is((await decisions(tidegate)).length, 1);
  });
}

test.serial('fifty calls at once are answered, and five of their connections are kept', async (t) => {
  const { tidegate, service, to } = await world(t);
  const client = hurried();
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  const answers = await Promise.all(numbers.map((number) => client.call(to, 'IEcho', 'Say', String(number))));
  t.deepEqual(
    answers,
    numbers.map((number) => `${number}...`),
  );
  t.is(client.idle(to), 5);
  const opened = client.opened;
  t.is(await client.call(to, 'IEcho', 'Say', 'again'), 'again...');
  t.is(client.opened, opened, 'a kept connection is used');
  t.is((await decisions(tidegate)).length, opened);
  t.is(service.visits.length, opened);
  await client.close();
});

test.serial('a connection is used again after nearly nine minutes, and replaced after nine', async (t) => {
  const { tidegate, to } = await world(t);
  const clock = { now: 0 };
  const client = hurried({ now: () => clock.now });
  await client.call(to, 'IEcho', 'Say', 'one');
  clock.now += 539_000;
  await client.call(to, 'IEcho', 'Say', 'two');
  t.is(client.opened, 1);
  clock.now += 541_000;
  await client.call(to, 'IEcho', 'Say', 'three');
  t.is(client.opened, 2);
  await tidegate.recorded(({ kind }) => kind === 'close', 'the end of the old tunnel');
  await client.close();
});

test.serial('a connection that lay idle in real time is used again', async (t) => {
  t.timeout(IDLE + 120_000);
  const { to } = await world(t);
  const client = hurried();
  await client.call(to, 'IEcho', 'Say', 'one');
  await wait(IDLE);
  await client.call(to, 'IEcho', 'Say', 'two');
  t.is(client.opened, 1);
  await client.close();
});

test.serial('a Tentacle that was restarted is called again without a word', async (t) => {
  const { tidegate, service, to } = await world(t);
  const client = hurried();
  await client.call(to, 'IEcho', 'Say', 'one');
  service.breakOff();
  t.is(await client.call(to, 'IEcho', 'Say', 'two'), 'two...');
  t.is((await decisions(tidegate)).length, 2);
  await client.close();
});

test.serial('a discovery learns the thumbprint, without a client certificate', async (t) => {
  const { service, to } = await world(t);
  t.is(await hurried().discover(to), TENTACLE.thumbprint);
  await until(
    () => service.visits[0]?.heard === 'HELLO\n\n',
    () => `heard ${service.visits[0]?.heard}`,
  );
});

test.serial('proxy credentials identify the caller; without them, and with wrong ones, no one calls', async (t) => {
  const { tidegate, to } = await world(t, { users: USERS });
  const client = hurried();
  const as = (user: object): EndPoint => ({ ...to, proxy: { host: '127.0.0.1', port: tidegate.port, ...user } });
  const good = as({ userName: 'spaces-1.production', password: 'tide-2027' });
  t.is(await client.call(good, 'IEcho', 'Say', 'x'), 'x...');
  const refused =
    /^An error .* before the request could begin: Proxy destination \S+ on port \d+ responded with a 407 code - /;
  t.regex(await messageOf(client.call(to, 'IEcho', 'Say', 'x')), refused);
  const wrong = as({ userName: 'spaces-1.production', password: 'ebb' });
  t.regex(
    await messageOf(client.call(wrong, 'IEcho', 'Say', 'x')),
    /407 code - Egress refused: the proxy user name or password is wrong \(attempt [0-9A-HJKMNP-TV-Z]{16}\)$/,
  );
  const [decision] = await decisions(tidegate);
  t.like(decision, { verdict: 'allowed' });
  t.true(JSON.stringify(decision).includes('spaces-1.production'));
  await client.close();
});

for (const [what, host, port, words] of [
  ['name', 'denied.test', 'the same', 'no rule allows this destination'],
  ['port', 'tentacle.test', 10934, 'no rule allows this port [rule tentacles/tentacles]'],
] as const) {
  test.serial(`a Tentacle denied by ${what} fails with our words and the attempt's id in the task log`, async (t) => {
    const { tidegate, to } = await world(t);
    const denied = { ...to, host, port: port === 'the same' ? to.port : port };
    const client = hurried();
    const message = await messageOf(client.call(denied, 'IEcho', 'Say', 'x'));
    const uri = `https://${denied.host}:${denied.port}/`;
    const [id] = /[0-9A-HJKMNP-TV-Z]{16}/.exec(message) ?? [''];
    t.is(
      message,
      `An error occurred when sending a request to '${uri}', before the request could begin: Proxy destination ` +
        `::ffff:127.0.0.1 on port ${tidegate.port} responded with a 403 code - Egress denied: ${words} (attempt ${id})`,
    );
    const recorded = await decisions(tidegate);
    t.is(recorded.length, 5, 'each of the five tries is recorded');
    t.is(recorded.at(-1)?.['attempt'], id, 'the task log shows the last');
  });
}

test.serial('a polling service goes out to its server, is given work, and does it', async (t) => {
  const server = await HalibutService.listen({ certificate: OCTOPUS, trusted: [TENTACLE.thumbprint], pollWait: 20 });
  t.teardown(() => server.stop());
  const tidegate = await startTidegate({
    policies: { 'server.yaml': policyFor(server.port) },
    config: { hosts: { 'tentacle.test': ['127.0.0.1'] } },
  });
  t.teardown(() => tidegate.discard());
  const poller = new HalibutClient({ certificate: TENTACLE, pause: () => Promise.resolve() });
  const proxy = { host: '127.0.0.1', port: tidegate.port };
  const to = { ...wayTo('tentacle.test', server.port, proxy), thumbprint: OCTOPUS.thumbprint };
  const digest = (value: unknown): string => (value instanceof DataStream ? value.digest : 'no stream');
  const methods = { 'IScripts.Run': (script: unknown = null) => digest(script) };
  const polling = messageOf(poller.poll(to, 'poll://sq3zoi8q/', (request) => handleWith(methods, request)));
  const script = someBytes(5_000_000);
  const work: Request = {
    id: '1',
    activityId: Buffer.alloc(16, 7),
    endpoint: {},
    service: 'IScripts',
    method: 'Run',
    params: [script.again()],
  };
  const answer = await orHung(server.request(work), () => 'no poller came');
  t.like(answer, { error: 'none', result: script.digest });
  await until(
    () => (server.visits[0]?.lines.length ?? 0) >= 3,
    () => 'it does not ask again',
  );
  t.is(server.visits[0]?.heard, 'MX\n\nMX-SUBSCRIBER 1.0 poll://sq3zoi8q/\r\n\r\n');
  server.breakOff();
  t.regex(await polling, /^An error occurred when sending a request to 'https:\/\/tentacle\.test:/);
  t.is((await decisions(tidegate)).length, 1);
});
