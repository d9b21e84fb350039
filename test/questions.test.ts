import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { encode } from '../lib/audit/index.js';
import { openJournal } from '../lib/journal/index.js';
import {
  CLOSE,
  DECISION,
  HOST_KEY,
  HOST_KEY_CHECK,
  LINUX,
  SSH_TRAFFIC,
  THUMBPRINT_CHECK,
  destination,
} from './audit/samples.js';
import { makeFolder } from './fixtures/folder.js';
import { testWith } from './programs.js';
import { DENIED } from './review/decisions.js';
import { close, decision, idOf } from './review/journals.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/audit-fields.md', import.meta.url)), 'utf8');
const questions = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, command = '']) => command);
const testWithJq = testWith('jq', 'bash', 'gzip');

const now = new Date();
const minuteAgo = { receivedAt: new Date(now.getTime() - 60_000) };
const weekAgo = { receivedAt: new Date(now.getTime() - 7 * 86_400_000) };
const observed = { kind: 'allowed', rules: [], protocol: 'any' } as const;

/** A week of a small site: what the page's commands are asked about. */
const RECORDS = [
  decision(1, weekAgo),
  close(1, { bytesOut: 10, bytesIn: 100 }),
  decision(2, { ...weekAgo, verdict: DENIED, status: 403 }),
  decision(3, { ...minuteAgo, verdict: DENIED, status: 403, destination: destination('secret.example:443') }),
  decision(4, { ...minuteAgo, client: { ...DECISION.client, identity: { kind: 'network' } } }),
  close(4, {
    bytesOut: 20,
    bytesIn: 200,
    observation: SSH_TRAFFIC,
    judged: { rule: LINUX, checks: [HOST_KEY_CHECK, THUMBPRINT_CHECK], wouldDeny: 'none' },
  }),
  decision(5, {
    ...minuteAgo,
    destination: destination('new.example:8443'),
    verdict: { ...observed, wouldDeny: { reason: 'port_not_allowed', nearest: [] } },
  }),
  { ...CLOSE, ...close(5), endedBy: 'crash', bytesOut: 'not_visible', bytesIn: 'not_visible' },
  decision(6, minuteAgo),
  decision(7, {
    ...minuteAgo,
    destination: 'unparsed',
    intent: 'unparsed',
    verdict: { kind: 'refused', reason: 'loop' },
  }),
] as const;

/** So small that the records fill several: all but the newest are compressed, as they are in a journal that is some days old. */
const SEGMENT_BYTES = 2_048;

/** Runs a command of the page in a folder that holds the journal where the page says it is. */
async function ask(command: string): Promise<string> {
  const folder = await makeFolder();
  try {
    const directory = join(folder.path, 'var/journal');
    const journal = await openJournal({ directory, segmentBytes: SEGMENT_BYTES });
    if (journal.kind !== 'journal') throw new Error(JSON.stringify(journal));
    for (const record of RECORDS) await journal.append(encode(record));
    await journal.close();
    const segments = (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort();
    if (segments.length < 3) throw new Error(`only ${segments.join()}`);
    await promisify(execFile)('gzip', segments.slice(0, -1), { cwd: directory });
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', command], { cwd: folder.path });
    return stdout.replace(/^ +/gm, '');
  } finally {
    await folder.remove();
  }
}

test('the page asks six questions', (t) => {
  t.is(questions.length, 6);
});

testWithJq('jq tells which attempts of a user were denied in the last day', async (t) => {
  const [line = '', ...more] = (await ask(questions[0] ?? '')).trimEnd().split('\n');
  t.deepEqual(more, []);
  t.like(JSON.parse(line), {
    to: { host: 'secret.example', port: 443 },
    reason: 'destination_not_allowed',
    rule: null,
  });
});

testWithJq('jq tells what would break in enforce mode', async (t) => {
  t.is(await ask(questions[1] ?? ''), '1 new.example\t8443\tspaces-1.production\tport_not_allowed\n');
});

testWithJq('jq tells who talked to a host', async (t) => {
  t.is(await ask(questions[2] ?? ''), '2 spaces-1.production\n1 10.20.0.5\n');
});

testWithJq('jq tells the bytes for each destination', async (t) => {
  t.is(await ask(questions[3] ?? ''), 'any.nuget.org\t30\t300\nnew.example\t0\t0\n');
});

testWithJq('jq tells which attempts are open', async (t) => {
  const lines = (await ask(questions[4] ?? '')).trimEnd().split('\n');
  t.deepEqual(
    lines.map((line) => (JSON.parse(line) as { attempt: string }).attempt.slice(-1)),
    ['6'],
  );
});

testWithJq('jq tells what is not pinned, or is not what was pinned', async (t) => {
  t.is(await ask(questions[5] ?? ''), `host_key\tmismatch\t${HOST_KEY}\tproduction/linux\t${idOf(4)}\n`);
});
