import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { generateKeyFile } from '../../../lib/journal/proof/index.js';
import { openJournal, readJournal } from '../../../lib/journal/index.js';
import { carriedOut, folderOf } from '../command.js';

/** A state folder whose journal has some lines, and is not being written. */
async function stateOf(t: ExecutionContext): Promise<string> {
  const state = join((await folderOf(t)).path, 'state');
  const directory = join(state, 'journal');
  const journal = await openJournal({ directory });
  if (journal.kind !== 'journal') throw new Error(journal.detail);
  for (let n = 0; n < 5; n += 1) await journal.append({ kind: 'test', content: { n } });
  await journal.close();
  return state;
}

async function damage(state: string): Promise<void> {
  const path = join(state, 'journal', 'segment-00000001.jsonl');
  const lines = (await readFile(path, 'latin1')).split(/(?<=\n)/);
  await writeFile(path, lines.with(4, 'not a line\n').join(''));
}

test.serial('accept-gap records the reason and the account', async (t) => {
  const state = await stateOf(t);
  const accept = (...args: string[]) => carriedOut(['audit', 'accept-gap', '--state', state, ...args]);
  t.like(await accept('--reason', 'why not'), { code: 1 });
  await damage(state);
  t.like(await accept(), { code: 2 });
  t.like(await accept('--reason', ' '), { code: 2 });
  const { code, stdout } = await accept('--reason', 'a test broke it');
  t.is(code, 0);
  t.regex(stdout, /continues after record 4; the gap is recorded and signed[^]*gap-00000001-\d+-[0-9a-f]{8}\.jsonl/);
  const gaps = [];
  for await (const line of readJournal(join(state, 'journal'))) {
    if (line.read === 'line' && line.kind === 'gap') gaps.push(line.content);
  }
  t.is(gaps.length, 1);
  t.like(gaps[0], { last_seq: 4, reason: 'a test broke it' });
  t.regex(String(gaps[0]?.['by']), /./);
});

test.serial('rotate-key replaces the key and names the new one', async (t) => {
  const state = await stateOf(t);
  const next = join(state, 'next.key');
  const rotate = () => carriedOut(['audit', 'rotate-key', '--state', state, '--new', next]);
  const missing = await rotate();
  t.is(missing.code, 78);
  t.regex(missing.stderr, /no signing key in .*next\.key[^]*tidegate audit keygen/);
  await generateKeyFile(next, 'own');
  const { code, stdout } = await rotate();
  t.is(code, 0);
  t.regex(stdout, /signed by tidegate\/[0-9a-f]{16}\+[^]*set journal\.key to .*next\.key/);
  t.true(stdout.includes((await readFile(`${next}.pub`, 'latin1')).trim()), 'the public key beside it is the one told');
  const again = await rotate();
  t.is(again.code, 78);
  t.regex(again.stderr, /as the signing key/);
});

test.serial('accept-gap and rotate-key fail while an instance writes the journal', async (t) => {
  const state = await stateOf(t);
  const journal = await openJournal({ directory: join(state, 'journal') });
  if (journal.kind !== 'journal') return t.fail(journal.detail);
  const before = await readdir(join(state, 'journal'));
  t.is((await carriedOut(['audit', 'accept-gap', '--state', state, '--reason', 'x'])).code, 75);
  t.is((await carriedOut(['audit', 'rotate-key', '--state', state, '--new', 'x'])).code, 75);
  t.deepEqual(await readdir(join(state, 'journal')), before);
  await journal.close();
});
