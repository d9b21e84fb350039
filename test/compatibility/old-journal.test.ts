import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readJournal, verifyJournal } from '../../lib/journal/index.js';
import { journalTrail, listAttempts, showAttempt, type AttemptRow } from '../../lib/review/index.js';
import { folderOf, tidegate } from '../cli/command.js';
import { copyOldState, OLD_LINES, OLD_SENT, type OldState } from '../fixtures/old-state.js';
import { run } from '../fixtures/program.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';

const VERIFIER = fileURLToPath(new URL('../../../docs/verify-journal.py', import.meta.url));

async function listed(journal: string): Promise<readonly AttemptRow[]> {
  const query = { filter: {}, limit: 1000, foldSeconds: 'off', order: 'oldest_first' } as const;
  const { rows, unreadable } = await listAttempts(journalTrail(journal), query);
  if (unreadable > 0) throw new Error(`${unreadable} lines are unreadable`);
  return rows;
}

test('a journal of an earlier version verifies by its key and its anchors', async (t) => {
  const { journal, firstKey, anchors } = await copyOldState((await folderOf(t)).path);
  const report = await verifyJournal(journal, { keys: [firstKey], anchors });
  t.like(report, { kind: 'holds', lines: OLD_LINES, segments: 3, anchors: { agreeing: anchors.length } });
  t.deepEqual(
    report.keys.map(({ trust }) => trust),
    ['given', 'introduced'],
  );
  t.deepEqual([report.gaps.length, report.cuts.length], [1, 1]);
});

test('each line of it carries the version of its format', async (t) => {
  const { journal } = await copyOldState((await folderOf(t)).path);
  for await (const { bytes } of readJournal(journal)) t.regex(bytes.toString('latin1'), /^\{"v":1,/);
});

test('each attempt of it is listed and shown', async (t) => {
  const { journal } = await copyOldState((await folderOf(t)).path);
  const decided: string[] = [];
  for await (const line of readJournal(journal)) {
    if (line.read === 'line' && line.kind === 'decision') decided.push(String(line.content['attempt']));
  }
  const rows = await listed(journal);
  t.deepEqual(
    rows.map(({ decision }) => decision.content.attempt),
    decided,
  );
  t.is(rows.filter(({ outcome }) => outcome.kind === 'open').length, 1);
  for (const attempt of decided) {
    const found = await showAttempt(journalTrail(journal), attempt);
    t.true(found.kind === 'attempt' && found.records.every(({ record }) => record !== 'unreadable'), attempt);
  }
});

test('it is exported in every format, whole', async (t) => {
  const { state } = await copyOldState((await folderOf(t)).path);
  for (const format of ['own', 'ecs', 'ocsf', 'cef']) {
    const { code, stdout, stderr } = await tidegate(['audit', 'export', '--state', state, '--format', format]);
    t.is(code, 0, `${format}: ${stderr}`);
    t.is(stdout.split('\n').length - 1, OLD_LINES, format);
  }
});

testWith('python3')('the verifier in docs/ holds it to be good, too', async (t) => {
  const { journal, firstKey, anchorFile } = await copyOldState((await folderOf(t)).path);
  const { code, stdout, stderr } = await run('python3', [VERIFIER, journal, firstKey.text, anchorFile]);
  t.is(code, 0, stderr);
  t.regex(stdout, /^holds: 200 /);
});

test('it is continued: what was open is closed, sinks go on after what they have, and all of it verifies', async (t) => {
  const old: OldState[] = [];
  const running = await startTidegate({
    config: {
      journal: { reserve: 'none', key: 'next.key' },
      sinks: [{ name: 'copy', use: 'file', options: { path: 'copy.jsonl' } }],
    },
    prepare: async (folder) => void old.push(await copyOldState(folder.path)),
  });
  t.teardown(running.discard);
  await running.recorded(({ kind, ended_by: by }) => kind === 'close' && by === 'crash', 'the tunnel left open');
  t.is(await running.stop(), 0);

  const copied = (await readFile(join(running.folder.path, 'copy.jsonl'), 'utf8')).split('\n').slice(0, -1);
  t.regex(copied[0] ?? '', new RegExp(`"seq":${OLD_SENT + 1},`));
  for (const { journal, firstKey: key, anchors } of old) {
    const report = await verifyJournal(journal, { keys: [key], anchors });
    t.like(report, { kind: 'holds', last: { seq: OLD_SENT + copied.length } });
    t.is((await listed(journal)).filter(({ outcome }) => outcome.kind === 'open').length, 0);
  }
});
