import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { NotStarted, startTidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';
import { carriedOut, folderOf } from '../../cli/command.js';

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
