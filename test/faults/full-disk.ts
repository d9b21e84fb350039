/*
 * The product on a small disk that gets full while tunnels are open, and has room again: run it where `TMPDIR` is a small
 * tmpfs. Prints what happened as one line of JSON.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyJournal } from '../../lib/journal/index.js';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { rawClient, tunnelTo } from '../fixtures/raw-client.js';
import { LOOPBACK_POLICY, startTidegate, type Line, type Tidegate } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { checkpointsOf, publicKey } from '../journal/checkpoints.js';

async function fill(path: string): Promise<void> {
  for (let bytes = 65_536; bytes >= 1;) {
    const filled = await appendFile(path, randomBytes(bytes)).then(
      () => true,
      () => false,
    );
    if (!filled) bytes = Math.floor(bytes / 4);
  }
}

async function ask(tidegate: Tidegate, authority: string): Promise<string> {
  const client = await rawClient(tidegate.port);
  await client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const head = await client.readHead();
  client.close();
  return head.slice(9, 12);
}

function closesOf(lines: readonly Line[], ids: readonly unknown[]): number {
  return lines.filter((line) => line['kind'] === 'close' && ids.includes(line['attempt'])).length;
}

const origin = await startOrigin(echoing);
const tidegate = await startTidegate({
  policies: { 'loopback.yaml': LOOPBACK_POLICY },
  config: { journal: { reserve: '256KiB', compress: false } },
});
const authority = `127.0.0.1:${origin.port}`;
const directory = join(tidegate.folder.path, 'state', 'journal');
const ballast = join(tidegate.folder.path, 'ballast');
const tunnels = await Promise.all(Array.from({ length: 20 }, () => tunnelTo(tidegate.port, authority)));
const ids = (await tidegate.journal())
  .filter((line) => line['kind'] === 'decision' && line['verdict'] === 'allowed')
  .map((line) => line['attempt']);

await fill(ballast);
const answers: string[] = [];
while (answers.at(-1) !== '503') answers.push(await ask(tidegate, authority));
const whenFull: string[] = [];
for (let n = 0; n < 10; n += 1) whenFull.push(await ask(tidegate, authority));
const denials = [await ask(tidegate, 'nowhere.example:443')];
while (denials.at(-1) === '403') denials.push(await ask(tidegate, 'nowhere.example:443'));
const dialledWhenFull = (await tidegate.journal()).filter(
  (line) => line['kind'] === 'decision' && line['verdict'] === 'allowed',
).length;
await tunnels[0]?.send('still there');
const relayed = await tunnels[0]?.readBytes(11);
for (const tunnel of tunnels) tunnel.close();
await until(
  async () => closesOf(await tidegate.journal(), ids) === tunnels.length,
  () => `closes are missing; it said ${tidegate.said()}`,
);
const recordedDenials = (await tidegate.journal()).filter(
  (line) => line['kind'] === 'decision' && line['verdict'] === 'denied',
).length;
const linesWhenFull = tidegate.said().split('record').length - 1;

await rm(ballast);
await until(
  async () => (await ask(tidegate, authority)) === '200',
  () => `it does not recover; it said ${tidegate.said()}`,
);
const code = await tidegate.stop();
const key = await publicKey(`${directory}.key`);
const checkpoints = await checkpointsOf(directory, key);
const outcome = {
  before: [...new Set(answers.slice(0, -1))],
  whenFull: [...new Set(whenFull)],
  denied: denials[0],
  flooded: denials.at(-1),
  denialsMissing: denials.length - 1 - recordedDenials,
  linesWhenFull,
  allowedRecords: dialledWhenFull === ids.length + answers.length - 1,
  relayed,
  code,
  chain: (await verifyJournal(directory)).kind,
  checkpoints: typeof checkpoints === 'string' ? checkpoints : 'hold',
};
await tidegate.discard();
await origin.close();
process.stdout.write(`${JSON.stringify(outcome)}\n`);
