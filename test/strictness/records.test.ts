import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { answering, ok, startOrigin, type Origin } from '../fixtures/origin.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { ask, head } from './answers.js';

const MARK = 'S3CRET-m4rk';
let tidegate: Tidegate;
let origin: Origin;
test.before(async () => {
  origin = await startOrigin(answering(ok('taken')));
  tidegate = await startTidegate({
    policies: {
      'paths.yaml': `policy: paths
allow:
  - id: open
    to: [127.0.0.0/8]
    protocol: http
    ports: [${origin.port}]
    paths: [/open*]
`,
    },
    users: { node1: 'correct-horse' },
    config: { users: { challenge: 'never' }, log: { level: 'debug' } },
  });
});
test.after.always(async () => {
  await tidegate.discard();
  await origin.close();
});

/** All that the product has written: every file of its state, and its own words. */
async function written(): Promise<string> {
  const folder = join(tidegate.folder.path, 'state');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return [...(await Promise.all(texts)), tidegate.said()].join('\n');
}

test.serial('L1: one record is one line of valid JSON, whatever a request holds', async (t) => {
  const hostile = [
    '/open/%0d%0a{"kind":"forged"}',
    '/open/"quoted"',
    '/open/\\u000a',
    '/open/%00%1b[31m',
    `/open/${'x'.repeat(4000)}`,
    "/open/'<script>'",
  ];
  for (const path of hostile) {
    await ask(
      tidegate.port,
      head(`GET http://127.0.0.1:${origin.port}${path} HTTP/1.1`, 'Host: a', 'Connection: close'),
    );
  }
  await ask(tidegate.port, 'CONNECT \r\n{"kind":"forged"}:443 HTTP/1.1\r\n\r\n');
  const lines = await tidegate.journal(); // parses each line
  t.true(lines.filter((line) => line['kind'] === 'decision').length >= hostile.length + 1);
  t.false(lines.some((line) => line['kind'] === 'forged'));
  t.regex((await written()).replaceAll('\n', ''), /^[ -~…\x80-\xff]*$/, 'no control byte is written');
});

test.serial('L1: each line holds the hash of the line before it', async (t) => {
  const folder = join(tidegate.folder.path, 'state', 'journal');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const text = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  const lines = text.split('\n').slice(0, -1);
  t.true(lines.length > 5);
  const hashes = lines.map((line) => createHash('sha256').update(`${line}\n`).digest('base64url'));
  const linked = lines.map((line) => (JSON.parse(line) as { prev: string }).prev);
  t.deepEqual(linked.slice(1), hashes.slice(0, -1));
});

test.serial('L2: no secret of a request is written anywhere', async (t) => {
  const basic = Buffer.from(`${MARK}:${MARK}`).toString('base64');
  const wrongPassword = Buffer.from(`node1:${MARK}`).toString('base64');
  const url = `http://127.0.0.1:${origin.port}`;
  const requests = [
    head(
      `GET ${url}/open?token=${MARK} HTTP/1.1`,
      'Host: a',
      'Connection: close',
      `Cookie: ${MARK}`,
      `Authorization: Bearer ${MARK}`,
      `X-Api-Key: ${MARK}`,
    ),
    head(`GET ${url}/denied?token=${MARK} HTTP/1.1`, 'Host: a', 'Connection: close'),
    head(`GET ${url}/open HTTP/1.1`, 'Host: a', 'Connection: close', `Proxy-Authorization: Basic ${basic}`),
    head(`GET ${url}/open HTTP/1.1`, 'Host: a', 'Connection: close', `Proxy-Authorization: Basic ${wrongPassword}`),
    head(`GET http://${MARK}:${MARK}@127.0.0.1:${origin.port}/ HTTP/1.1`, 'Host: a'),
    head(`GET ${url}/open#${MARK} HTTP/1.1`, 'Host: a'),
    head(`GET ${url}/open HTTP/1.1`, `Host: ${MARK}@a`),
    head(`GET ${url}/open HTTP/1.1`, 'Host: a', MARK),
    head(`${MARK} ${url}/open HTTP/1.1`, 'Host: a'),
    head(`CONNECT ${MARK}@127.0.0.1:443 HTTP/1.0`),
  ];
  const answers = [];
  for (const request of requests) answers.push((await ask(tidegate.port, request)).text);
  const forms = [MARK, MARK.toLowerCase(), basic, wrongPassword, 'correct-horse'];
  const text = await written();
  for (const form of forms) t.false(text.includes(form), `${form} is written`);
  for (const answer of answers)
    t.false(answer.toLowerCase().includes(MARK.toLowerCase()), 'an answer repeats what was sent');
  t.false(origin.arrivals.some((arrival) => arrival.received().includes('Proxy-Authorization')));
});

test.serial('L3: the client of a record is the peer of its socket, whatever fields claim', async (t) => {
  const claims = ['X-Forwarded-For: 10.9.8.7', 'Forwarded: for=10.9.8.7', 'X-Real-IP: 10.9.8.7', 'Via: 1.1 elsewhere'];
  await ask(
    tidegate.port,
    head(`GET http://127.0.0.1:${origin.port}/open/claims HTTP/1.1`, 'Host: a', 'Connection: close', ...claims),
  );
  const decision = await tidegate.recorded((line) => line['path'] === '/open/claims', 'the decision');
  t.is((decision['client'] as { ip: string }).ip, '127.0.0.1');
  t.false((await written()).includes('10.9.8.7'));
});
