import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { generateKeyFile } from '../../../lib/journal/proof/index.js';
import { openJournal, readJournal } from '../../../lib/journal/index.js';
import { startTidegate } from '../../fixtures/tidegate.js';
import { carriedOut, folderOf } from '../command.js';
import { doctor } from '../doctor/examining.js';

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

/** A hold on removal, as a jump of the clock leaves it in the journal's folder. */
const HOLD = { why: 'jumped', since: '2026-11-23T10:20:30.456Z', by_ms: 5_184_000_000, remaining_ms: 7_200_000 };

test.serial(
  'removal that a jump of the clock holds is shown, and release-removal ends that while tidegate runs',
  async (t) => {
    const running = await startTidegate({
      config: { journal: { reserve: 'none', 'keep-for': '90d' } },
      prepare: async ({ write }) => {
        await write('state/journal/removal-hold', JSON.stringify(HOLD));
      },
    });
    t.teardown(running.discard);
    const state = join(running.folder.path, 'state');
    const status = () => carriedOut(['status', '--state', state]);
    const config = join(running.folder.path, 'tidegate.yaml');
    t.like(await status(), { code: 1 });
    t.regex(
      (await status()).stdout,
      /removal by journal\.keep-for is held for \d+ more minutes of uptime: the clock jumped by 5184000 s, at 2026-11-23/,
    );
    const found = await doctor(config);
    const words = found.ailing('journal').join();
    t.regex(words, /^warning nothing is removed by journal\.keep-for for another \d+ minutes of uptime/);

    const released = await carriedOut(['audit', 'release-removal', '--config', config, '--reason', 'clock corrected']);
    t.is(released.code, 0, released.stderr);
    t.regex(released.stdout, /removal by journal\.keep-for is released; it was held since 2026-11-23T10:20:30\.456Z/);
    t.like(await running.recorded(({ kind }) => kind === 'clock', 'the release'), {
      event: 'released',
      reason: 'clock corrected',
    });
    t.like(await status(), { code: 0 });
    t.regex(running.said(), /removal by journal\.keep-for was released/);
    const again = await carriedOut(['audit', 'release-removal', '--state', state]);
    t.is(again.code, 1);
    t.regex(again.stderr, /removal is not held in the journal/);
    t.regex(
      (await carriedOut(['audit', 'verify', '--state', state])).stdout,
      /^clock +in record \d+, .*: removal released by ./m,
    );
  },
);
