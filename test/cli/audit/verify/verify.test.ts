import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { journalOf, newKey, put, rechain } from '../../../journal/verify/written.js';
import { temporaryFolder } from '../../../journal/temporary.js';
import { carriedOut } from '../../command.js';

const KEY = newKey();
const JOURNAL = journalOf({ key: KEY, segments: 2, checkpoints: 2, lines: 4 });
const [FIRST = '', SECOND = ''] = JOURNAL.segments.keys();
const LAST = JOURNAL.last.seq;

function verify(...args: readonly string[]): ReturnType<typeof carriedOut> {
  return carriedOut(['audit', 'verify', ...args]);
}

test.serial('the report of a valid journal states what was checked, what is proven and what is not', async (t) => {
  const folder = join(await temporaryFolder(t), 'journal');
  await put(folder, JOURNAL.segments);
  const bare = await verify(folder);
  t.is(bare.code, 0);
  t.is(bare.stderr, '');
  t.is(
    bare.stdout,
    `VALID       ${folder}
checked     ${LAST} records, 1 to ${LAST}, in 2 segments, ${sizeOf()} bytes, with 6 signed checkpoints
proven      up to record ${LAST - 1}, as of 2026-01-31T12:00:24.000Z, by signature in the journal:
            a change of these records would be detected, unless a forger has the private key of ${KEY.text}
not proven  record ${LAST}, up to 2026-01-31T12:00:24.000Z: only chained, so a rewrite of all of them would not be detected; nor that none are missing at the end
key         ${KEY.text} from record 2 on: trusted on first use: pass --key with the key you know
anchors     none given: a forger who has the key would not be detected
`,
  );
  const anchors = join(folder, '..', 'anchors');
  await writeFile(anchors, JOURNAL.notes.slice(0, 2).join(''));
  await writeFile(`${anchors}.pub`, `${KEY.text}\n`);
  const held = await verify(folder, '--anchor', anchors, '--key', `${anchors}.pub`);
  t.is(held.code, 0);
  t.regex(
    held.stdout,
    /^proven +up to record 6, as of 2026-01-31T12:00:07.000Z, by the anchor .*anchors:9:\n +a later change .* whatever keys a forger has\nproven +up to record 23,/m,
  );
  t.regex(held.stdout, /^key .* from record 2 on: given with --key\nanchors +2 agree\n/m);
});

function sizeOf(): number {
  return [...JOURNAL.segments.values()].flat().join('').length;
}

test.serial(
  'the report of an invalid journal names the fault, the first bad record and what is still proven',
  async (t) => {
    const folder = join(await temporaryFolder(t), 'journal');
    const lines = JOURNAL.segments.get(SECOND) ?? [];
    await put(folder, new Map([...JOURNAL.segments, [SECOND, lines.toSpliced(3, 2)]]));
    const found = await verify(folder, '--key', KEY.text);
    t.is(found.code, 1);
    const offset = lines.slice(0, 3).join('').length;
    const head = `INVALID     ${folder}
found       removed: records are missing
first bad   record 16 (${SECOND}, line 4, byte ${offset}): 2 lines are missing, up to 17
`;
    t.is(found.stdout.slice(0, head.length), head);
    t.regex(
      found.stdout,
      /^proven +up to record 13,.*\n.*\nnot proven +records 14 to 15, .*and nothing from record 16 on$/m,
    );

    const json = JSON.parse((await verify(folder, '--json')).stdout) as unknown;
    t.like(json, {
      verdict: 'removed',
      journal: folder,
      fault: { kind: 'removed', seq: 16, segment: SECOND, line: 4, offset, detail: '2 lines are missing, up to 17' },
      checked: { segments: 2, records: 15, first_seq: 1, last_seq: 15 },
      proven: { anchored: null, checkpointed: { seq: 13 }, chained: { seq: 15 } },
      keys: { 0: { key: KEY.text, from_seq: 2, trust: 'first_seen' } },
    });
  },
);

test.serial('a folder without records, or without signed ones, is not valid, and has its own exit code', async (t) => {
  const folder = join(await temporaryFolder(t), 'journal');
  const unsigned = [...JOURNAL.segments].map(
    ([name, lines]) => [name, lines.filter((line) => !line.includes('"k":"checkpoint"'))] as const,
  );
  for (const [segments, why] of [
    [new Map(), 'there is no record here'],
    [rechain(new Map(unsigned), 'no key'), 'there is no signed checkpoint here'],
  ] as const) {
    await put(folder, segments);
    for (const key of [[], ['--key', KEY.text]]) {
      const { code, stdout } = await verify(folder, ...key);
      t.is(code, 4, why);
      t.regex(stdout, new RegExp(`^UNPROVEN    .*\nwhy         ${why}: is this the right folder\\?$`, 'm'));
    }
  }
});

test.serial('a key that is not the trusted one is detected', async (t) => {
  const folder = join(await temporaryFolder(t), 'journal');
  await put(folder, rechain(JOURNAL.segments, newKey()));
  const found = await verify(folder, '--key', KEY.text);
  t.is(found.code, 4);
  t.regex(found.stdout, /^found +foreign_key: signed by an untrusted key$/m);
  t.regex(found.stdout, /^proven +nothing: no signed checkpoint covers any record$/m);
});

test.serial('gaps and cuts are reported without control characters', async (t) => {
  const folder = join(await temporaryFolder(t), 'journal');
  const journal = journalOf({ key: KEY, segments: 1 });
  journal.line({ kind: 'gap', content: { by: 'admin', reason: 'disk\u001b[2J replaced' } });
  journal.line({ kind: 'recover', content: { bytes: 77 } });
  journal.checkpoint();
  await put(folder, journal.segments);
  const { code, stdout } = await verify(folder);
  t.is(code, 0);
  t.regex(
    stdout,
    /^gap +accepted in record 21, .*, by admin: disk\?\[2J replaced\ncut +in record 22, .*: 77 bytes left by a crash$/m,
  );
});

test.serial('unreadable input ends with exit code 66 and is named', async (t) => {
  const folder = join(await temporaryFolder(t), 'journal');
  await put(folder, JOURNAL.segments);
  const other = join(folder, FIRST);
  for (const [args, pattern] of [
    [[join(folder, 'absent')], /cannot read the journal in .* \(ENOENT\)/],
    [[folder, '--key', 'absent'], /cannot read "absent" \(ENOENT\)/],
    [[folder, '--key', other], /not all lines are public keys/],
    [[folder, '--anchor', 'absent'], /cannot read "absent" \(ENOENT\)/],
    [[folder, '--anchor', other], /line 1: a signed note/],
  ] as const) {
    const { code, stderr } = await verify(...args);
    t.is(code, 66, args.join(' '));
    t.regex(stderr, pattern);
  }
  t.true((await readFile(other, 'latin1')).startsWith('{"v":1'));
});
