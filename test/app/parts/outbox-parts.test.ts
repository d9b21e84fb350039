import { createServer } from 'node:http';
import { readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requestStatus } from '../../../lib/app/status/index.js';
import { startDnsServer } from '../../fixtures/dns-server.js';
import { makeFolder, type Folder } from '../../fixtures/folder.js';
import { NotStarted, startTidegate, type Tidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';
import { carriedOut, folderOf } from '../../cli/command.js';
import { recordsOf } from '../../outbox/feed-fixture.js';
import { type Came, httpReceiver, recordIn, withoutRepeats } from '../../outbox/receiver-fixture.js';

interface Told {
  readonly degraded: readonly string[];
  readonly checkpoint: { readonly size: number } | null;
  readonly anchors: readonly {
    name: string;
    state: string;
    accepted: { size: number } | null;
    problem: string | null;
  }[];
}

async function statusOf(state: string): Promise<Told> {
  return JSON.parse((await carriedOut(['status', '--json', '--state', state])).stdout) as Told;
}

/** The sizes of the notes in a text of many. */
function sizesIn(text: string): number[] {
  return [...text.matchAll(/^tidegate\/[^\n]+\n(\d+)\n/gm)].map(([, size]) => Number(size));
}

/** A witness over HTTP. */
async function witness(t: ExecutionContext, status: () => number) {
  const got: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      if (status() < 300) got.push(body);
      response.writeHead(status()).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test.serial('a running tidegate hands its checkpoints to every anchor, the last one at its stop', async (t) => {
  let status = 500;
  const { got, url } = await witness(t, () => status);
  const kept = join((await folderOf(t)).path, 'notes');
  const tidegate = await startTidegate({
    config: {
      anchors: [
        { name: 'vault', use: 'file', options: { path: kept } },
        { name: 'witness', use: 'http', options: { url } },
      ],
    },
  });
  t.teardown(tidegate.discard);
  const state = join(tidegate.folder.path, 'state');
  await until(
    async () => {
      const [vault, other] = (await statusOf(state)).anchors;
      return vault?.state === 'current' && other?.problem?.startsWith('answered 500') === true;
    },
    () => 'the file does not have the checkpoint, or the failing witness is not reported',
  );
  const early = await statusOf(state);
  t.like(early.anchors[0], { name: 'vault', state: 'current', problem: null });
  t.like(early.anchors[1], { name: 'witness', state: 'behind', accepted: null });
  t.is(early.checkpoint?.size, early.anchors[0]?.accepted?.size);
  t.deepEqual(early.degraded, [], 'a receiver that is restarted is no alarm');
  t.regex((await carriedOut(['status', '--state', state])).stdout, /^anchors +vault current, \d+ records?, \d+s ago$/m);
  status = 204;
  await until(
    () => got.length > 0,
    () => 'the witness never gets the checkpoint',
  );
  t.is(await tidegate.stop(), 0);
  const sizes = sizesIn(await readFile(kept, 'utf8'));
  const lines = await tidegate.journal();
  t.is(sizes.at(-1), lines.length - 1, 'the last checkpoint speaks of all lines before it');
  t.deepEqual(sizesIn(got.join('\n')).at(-1), sizes.at(-1));
});

test.serial(
  'a journal that was replaced by a shorter one is reported loudly, and its anchor keeps what it has',
  async (t) => {
    const kept = join((await folderOf(t)).path, 'notes');
    const anchors = [{ name: 'vault', use: 'file', options: { path: kept } }];
    const first = await startTidegate({ config: { anchors } });
    t.teardown(first.discard);
    const state = join(first.folder.path, 'state');
    t.is(await first.stop(), 0);
    const before = await readFile(kept, 'utf8');
    await rm(join(state, 'journal'), { recursive: true });
    const second = await startTidegate({ config: { anchors, state } });
    t.teardown(second.discard);
    await until(
      async () =>
        (await statusOf(state)).degraded.some((each) => each.includes('anchor "vault": the journal is behind it')),
      () => 'it is not told',
    );
    t.is((await carriedOut(['status', '--state', state])).code, 1);
    t.regex(second.said(), /journal is behind the anchor/);
    t.is(await second.stop(), 0);
    t.is(await readFile(kept, 'utf8'), before);
  },
);

test.serial('an anchor that cannot work ends the start with 78', async (t) => {
  const options = { host: 'logs.corp.example', 'ca-file': '/nowhere/ca.pem' };
  const failed = await t.throwsAsync(
    startTidegate({ config: { anchors: [{ name: 'siem', use: 'syslog', options }] } }),
    { instanceOf: NotStarted },
  );
  t.is(failed.code, 78);
  t.regex(failed.message, /invalid anchor "siem"/);
});

async function stateFolder(t: ExecutionContext): Promise<Folder> {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  return folder;
}

function sink(options: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): object {
  return { name: 'hook', use: 'webhook', batch: { records: 5, wait: '0ms' }, options, ...more };
}

async function running(t: ExecutionContext, state: string, ...sinks: readonly object[]): Promise<Tidegate> {
  const started = await startTidegate({ config: { state, sinks } });
  t.teardown(started.discard);
  return started;
}

/** Asks for something that is refused, which is a record each time. */
function refusedOnce(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
    socket.write('CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: nowhere.invalid:443\r\n\r\n');
  });
}

async function refused(port: number, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) await refusedOnce(port);
}

test.serial('tidegate that is killed in mid stream, three times, leaves no record unsent', async (t) => {
  const state = await stateFolder(t);
  const came: Came[] = [];
  const hook = await httpReceiver(t, (_request, body, response) => {
    came.push(...(JSON.parse(body.toString()) as object[]).map((each) => recordIn(JSON.stringify(each))));
    response.end();
  });
  const options = { url: `http://127.0.0.1:${hook.port}/` };
  for (let round = 1; round <= 3; round += 1) {
    const tidegate = await running(t, state.path, sink(options));
    const asking = refused(tidegate.port, 40);
    await until(
      () => withoutRepeats(came).length >= round * 20,
      () => `nothing comes; said ${tidegate.said()}`,
    );
    tidegate.signal('SIGKILL');
    await tidegate.ended;
    await asking;
  }
  const last = await running(t, state.path, sink(options));
  await last.stop();
  const records = await recordsOf({ directory: join(state.path, 'journal') });
  t.true(records.length >= 60);
  t.deepEqual(withoutRepeats(came).slice(0, records.length), [...records]);
});

test.serial('status reports of a sink that fails, and of one that has all', async (t) => {
  const state = await stateFolder(t);
  const copy = { name: 'copy', use: 'file', format: 'cef', options: { path: join(state.path, 'copy.cef') } };
  const tidegate = await running(t, state.path, sink({ url: 'http://127.0.0.1:9/' }), copy);
  await refused(tidegate.port, 3);
  const told = async () => {
    const answer = await requestStatus(state.path);
    return answer.kind === 'status' ? answer.status.sinks : [];
  };
  await until(
    async () => (await told())[1]?.lag.records === 0 && (await told())[0]?.state === 'failing',
    () => 'not told',
  );
  const [failing, well] = await told();
  t.like(failing, { name: 'hook', accepted: null, refused: null });
  t.regex(failing?.problem ?? '', /ECONNREFUSED/);
  t.true((failing?.lag.records ?? 0) > 0);
  t.like(well, { name: 'copy', state: 'shipping', problem: null });
  t.regex(await readFile(copy.options.path, 'utf8'), /^(CEF:0\|tidegate\|[^\n]*\n)+$/);
  t.regex(tidegate.said(), /sink does not accept records; they wait in the journal/);
  t.is(await tidegate.stop(), 0, 'the sink that fails does not keep the end');
  t.deepEqual((await readdir(join(state.path, 'sinks'))).sort(), ['copy.cursor']);
});

test.serial('a sink that cannot work keeps tidegate from starting, and its secret is not reported', async (t) => {
  const state = await stateFolder(t);
  await state.write('open-token', 'hunter2\n', 0o644);
  const url = 'https://siem.invalid/';
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ url, 'token-file': join(state.path, 'open-token') }, /may be read by every account/],
    [{ url, 'token-file': join(state.path, 'absent') }, /ENOENT/],
    [{ url, 'token-variable': 'NOT_SET_ANYWHERE' }, /variable NOT_SET_ANYWHERE is not set/],
    [{ url, 'ca-file': join(state.path, 'open-token') }, /holds no certificate/],
  ];
  for (const [options, expected] of cases) {
    const error = await t.throwsAsync(running(t, state.path, sink({ ...options })), { instanceOf: NotStarted });
    t.is(error.code, 78);
    t.regex(error.message, /invalid sink "hook"/);
    t.regex(error.message, expected);
    t.notRegex(error.message, /hunter2/);
  }
});

test.serial('sinks and anchors are found by "hosts" and by dns.servers, as clients are served', async (t) => {
  const dns = await startDnsServer({ 'siem.corp.example': [{ type: 'A', value: '127.0.0.1' }] });
  t.teardown(dns.close);
  const { got, url } = await witness(t, () => 200);
  const { port } = new URL(url);
  const tidegate = await startTidegate({
    config: {
      dns: { servers: [dns.address] },
      hosts: { 'vault.corp.example': ['127.0.0.1'] },
      sinks: [{ name: 'siem', use: 'webhook', options: { url: `http://siem.corp.example:${port}/` } }],
      anchors: [{ name: 'vault', use: 'http', options: { url: `http://vault.corp.example:${port}/` } }],
    },
  });
  t.teardown(tidegate.discard);
  await until(
    () => got.some((body) => body.startsWith('[')) && got.some((body) => body.startsWith('tidegate/')),
    () => `got ${got.length} posts`,
  );
  t.true(dns.queries.includes('siem.corp.example A'), dns.queries.join());
  t.false(dns.queries.some((query) => query.startsWith('vault.')));
});
