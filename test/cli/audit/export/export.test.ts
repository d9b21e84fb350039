import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hashLine, readJournal } from '../../../../lib/journal/index.js';
import { ocsfProblems } from '../../../audit/formats/ocsf-check.js';
import { PROGRAM } from '../../../fixtures/tidegate.js';
import { DENIED } from '../../../review/decisions.js';
import { close, decision, idOf, makeJournal, type TestJournal } from '../../../review/journals.js';
import { carriedOut, folderOf } from '../../command.js';

type Exported = { readonly id: string; readonly seq: number; readonly kind: string; readonly content: object };

/** A journal of ten attempts, every third denied, with their ends; and what exports it. */
async function filled(t: ExecutionContext) {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  for (let number = 0; number < 10; number += 1) {
    if (number % 3 === 2) await journal.write(decision(number, { verdict: DENIED, status: 403 }));
    else await journal.write(decision(number), close(number));
  }
  await journal.write({ kind: 'stop', cause: 'SIGTERM', openAttempts: 0, missingEnds: 0 });
  return { journal, audit: exporting(journal) };
}

function exporting({ directory }: TestJournal) {
  return (...args: string[]) => carriedOut(['audit', 'export', '--state', dirname(directory), ...args]);
}

const linesOf = (text: string): Exported[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exported);

test.serial('every line of the journal is exported in its order, with the hash of its bytes as its id', async (t) => {
  const { journal, audit } = await filled(t);
  const ran = await audit();
  t.is(ran.code, 0);
  const expected: [number, string][] = [];
  for await (const line of readJournal(journal.directory)) {
    if (line.read === 'line') expected.push([line.seq, hashLine(line.bytes)]);
  }
  t.deepEqual(
    linesOf(ran.stdout).map(({ seq, id }) => [seq, id]),
    expected,
  );
  t.is(ran.stderr, `exported ${expected.length} records\n`);
});

test.serial('a filtered export has the decisions and the ends of the selected attempts only', async (t) => {
  const { audit } = await filled(t);
  const denied = linesOf((await audit('--verdict', 'denied')).stdout);
  t.deepEqual(
    denied.map(({ kind }) => kind),
    ['decision', 'decision', 'decision'],
  );
  const one = linesOf((await audit('--text', idOf(4))).stdout);
  t.deepEqual(
    one.map(({ kind, content }) => [kind, 'attempt' in content ? content.attempt : 'none']),
    [
      ['decision', idOf(4)],
      ['close', idOf(4)],
    ],
  );
});

const CUT = { verdict: 'denied', reason: 'thumbprint_mismatch', endedBy: 'thumbprint_mismatch' } as const;

test.serial('a filtered export goes by the final verdict, also where the end comes after the range', async (t) => {
  const { journal, audit } = await filled(t);
  await journal.write(
    decision(20),
    decision(21),
    close(20, CUT),
    close(21),
    decision(30),
    decision(100),
    close(30, CUT),
  );
  const idsFor = async (...args: string[]): Promise<string[]> =>
    linesOf((await audit(...args)).stdout).map(
      ({ kind, content }) => `${kind} ${'attempt' in content ? String(content.attempt) : ''}`,
    );
  const of = (number: number): string[] => [`decision ${idOf(number)}`, `close ${idOf(number)}`];
  t.deepEqual((await idsFor('--verdict', 'denied')).slice(3), [...of(20), ...of(30)]);
  t.deepEqual(await idsFor('--reason', 'thumbprint_mismatch'), [...of(20), ...of(30)]);
  const allowed = await idsFor('--verdict', 'allowed');
  t.false(allowed.some((line) => line.endsWith(idOf(20)) || line.endsWith(idOf(30))));
  t.true(allowed.includes(`close ${idOf(21)}`));
  t.true(allowed.includes(`decision ${idOf(100)}`), 'it is open, and allowed so far');
  const until = ['--until', '2026-11-23T10:21:10'];
  t.deepEqual(await idsFor('--reason', 'thumbprint_mismatch', ...until), [...of(20), `decision ${idOf(30)}`]);
  t.deepEqual(await idsFor('--reason', 'thumbprint_mismatch', '--since', '2026-11-23T10:21:10'), [`close ${idOf(30)}`]);
});

test.serial('of the events of an attempt exactly one has a verdict, and it is the final one', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  await journal.write(decision(1), close(1, CUT), decision(2), close(2), decision(3, { verdict: DENIED, status: 403 }));
  const audit = exporting(journal);
  const ecs = linesOf((await audit('--format', 'ecs')).stdout) as unknown as {
    event: { action: string; type?: string[] };
  }[];
  const actions = ecs.map(({ event }) => event.action).filter((action) => action.startsWith('attempt-'));
  t.deepEqual(actions, ['attempt-opened', 'attempt-denied', 'attempt-opened', 'attempt-allowed', 'attempt-denied']);
  t.is(ecs.filter(({ event }) => event.type?.includes('allowed')).length, 1);
  t.is(ecs.filter(({ event }) => event.type?.includes('denied')).length, 2);
  const ocsf = linesOf((await audit('--format', 'ocsf')).stdout) as unknown as { action_id?: number }[];
  t.deepEqual(
    ocsf.flatMap(({ action_id: id }) => id ?? []),
    [99, 2, 99, 1, 2],
  );
  const cef = (await audit('--format', 'cef')).stdout;
  t.deepEqual(
    [...cef.matchAll(/ act=(\w+)/g)].map(([, act]) => act),
    ['opened', 'denied', 'opened', 'allowed', 'denied'],
  );
});

test.serial('--since and --until select records by their time of writing', async (t) => {
  const { audit } = await filled(t);
  const since = '2026-11-23T10:20:33';
  const until = '2026-11-23T10:20:35';
  const between = linesOf((await audit('--since', since, '--until', until)).stdout);
  t.deepEqual(
    between.filter(({ kind }) => kind === 'decision').map(({ content }) => 'attempt' in content && content.attempt),
    [idOf(3), idOf(4)],
  );
  t.is((await audit('--since', '2027-01-01')).stdout, '');
});

test.serial('every exported event is valid in its format', async (t) => {
  const { audit } = await filled(t);
  for (const event of linesOf((await audit('--format', 'ocsf', '--host', 'proxy-1')).stdout)) {
    t.deepEqual(ocsfProblems(event), []);
  }
  t.true(
    (await audit('--format', 'cef')).stdout
      .split('\n')
      .slice(0, -1)
      .every((line) => line.startsWith('CEF:0|')),
  );
  t.is((await audit('--format', 'xml')).code, 2);
});

test.serial('an output file is complete or absent, and an existing file is replaced only with --force', async (t) => {
  const { audit } = await filled(t);
  const folder = await folderOf(t, { 'old.jsonl': 'old' });
  const there = join(folder.path, 'old.jsonl');
  const refused = await audit('--out', there);
  t.is(refused.code, 73);
  t.regex(refused.stderr, /exists already: use --force/);
  t.is(await readFile(there, 'utf8'), 'old');
  const fresh = join(folder.path, 'new.jsonl');
  const ran = await audit('--out', fresh);
  t.is(ran.code, 0);
  t.is(await readFile(fresh, 'utf8'), (await audit()).stdout);
  t.is((await stat(fresh)).mode & 0o777, 0o600);
  t.is((await audit('--out', there, '--force')).code, 0);
  t.is(await readFile(there, 'utf8'), await readFile(fresh, 'utf8'));
  t.deepEqual((await readdir(folder.path)).sort(), ['new.jsonl', 'old.jsonl'], 'nothing is left beside');
  t.is((await audit('--out', join(folder.path, 'nowhere', 'x'))).code, 73);
});

test.serial('lines that cannot be read are reported and counted, and the others are exported', async (t) => {
  const { journal, audit } = await filled(t);
  const [segment = ''] = (await readdir(journal.directory)).filter((name) => name.endsWith('.jsonl')).sort();
  const path = join(journal.directory, segment);
  const bytes = await readFile(path);
  const second = bytes.indexOf(10) + 1;
  bytes[second + 20] = 7;
  await writeFile(path, bytes);
  const whole = linesOf((await audit()).stdout);
  const ran = await audit();
  t.is(ran.code, 1);
  t.regex(ran.stderr, new RegExp(`unreadable: ${segment}, byte ${second}: `));
  t.regex(ran.stderr, /skipped 1 unreadable journal line/);
  t.false(whole.some(({ seq }) => seq === 2));
});

test.serial('an export ends without an error when its reader closes the pipe', async (t) => {
  const { journal } = await filled(t);
  const state = dirname(journal.directory);
  const child = execFile(process.execPath, [PROGRAM, 'audit', 'export', '--state', state]);
  child.stdout?.destroy();
  const [code] = (await once(child, 'close')) as [number];
  t.is(code, 0);
});

test.serial('a missing journal ends with exit code 66', async (t) => {
  const { path } = await folderOf(t);
  t.is((await carriedOut(['audit', 'export', '--state', path])).code, 66);
});
