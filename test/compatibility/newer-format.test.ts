import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { verifyJournal } from '../../lib/journal/index.js';
import { folderOf, tidegate } from '../cli/command.js';
import { copyOldState, filesOf, type OldState } from '../fixtures/old-state.js';
import { NotStarted, startTidegate } from '../fixtures/tidegate.js';

const NEWEST = 'segment-00000003.jsonl';
const SAID =
  /has lines of format version 99, and this tidegate reads versions up to 1\n.*a newer tidegate wrote them: use that version/s;

/** An old state whose newest lines a newer version wrote: those from `first` on, in the newest segment. */
async function continuedByNewer(folder: string, first: number): Promise<OldState> {
  const old = await copyOldState(folder);
  const path = join(old.journal, NEWEST);
  const lines = (await readFile(path, 'latin1')).split(/(?<=\n)/);
  const newer = lines.map((line, index) => (index < first ? line : line.replace('{"v":1,', '{"v":99,"id":"x",')));
  await writeFile(path, newer.join(''), 'latin1');
  return old;
}

async function refuses(t: ExecutionContext, code: number, { state, journal }: OldState, args: readonly string[]) {
  const before = await filesOf(journal);
  const ran = await tidegate([...args, '--state', state]);
  t.is(ran.code, code, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  t.regex(ran.stderr, SAID, args.join(' '));
  t.is(ran.stdout, '');
  t.deepEqual(await filesOf(journal), before);
}

for (const [what, first] of [
  ['newest line', 23],
  ['newest segment', 0],
] as const) {
  test(`a journal whose ${what} is of a newer format is refused by every reader, and not changed`, async (t) => {
    const old = await continuedByNewer((await folderOf(t)).path, first);
    for (const command of ['verify', 'list', 'tail', 'export']) await refuses(t, 66, old, ['audit', command]);
    await refuses(t, 66, old, ['audit', 'show', '01a22d41']);
    await refuses(t, 78, old, ['audit', 'accept-gap', '--reason', 'none']);
    await refuses(t, 78, old, ['audit', 'rotate-key', '--new', old.keyFile]);
  });

  test(`tidegate does not start on a journal whose ${what} is of a newer format`, async (t) => {
    const folders: string[] = [];
    const before: ReadonlyMap<string, string>[] = [];
    const starting = startTidegate({
      config: { journal: { reserve: 'none', key: 'next.key' } },
      prepare: async ({ path }) => {
        folders.push(path);
        before.push(await filesOf((await continuedByNewer(path, first)).journal));
      },
    });
    const thrown = await t.throwsAsync(starting, { instanceOf: NotStarted });
    t.is(thrown.code, 78);
    t.regex(thrown.message, SAID);
    t.is(before.length, 1);
  });
}

test('a line that claims a newer format before lines of this one is a changed line', async (t) => {
  const { journal } = await copyOldState((await folderOf(t)).path);
  const path = join(journal, NEWEST);
  const text = await readFile(path, 'latin1');
  await writeFile(path, text.replace(/(?<=\n)\{"v":1,"seq":190,/, '{"v":99,"seq":190,'), 'latin1');
  const report = await verifyJournal(journal);
  t.like(report, { kind: 'changed', seq: 190 });
  t.regex(report.kind === 'holds' ? '' : report.detail, /format version 99/);
});
