import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Ran, run } from '../../../fixtures/program.js';
import { onSmallDisk, testOnSmallDisk } from '../../../fixtures/small-disk.js';
import { PROGRAM } from '../../../fixtures/tidegate.js';
import { close, decision, idOf, makeJournal } from '../../../review/journals.js';
import { folderOf } from '../../command.js';

/** The state folder of a journal with so many attempts. */
async function stateWith(t: ExecutionContext, attempts: number): Promise<string> {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  for (let number = 1; number <= attempts; number += 1) await journal.write(decision(number), close(number));
  return dirname(journal.directory);
}

/** Runs a command with its output into a file, in a shell with a preparation. */
function into(file: string, args: readonly string[], prepare = ':'): Promise<Ran> {
  return run('sh', [
    '-c',
    `${prepare}; file="$1"; shift; exec "$@" > "$file"`,
    'sh',
    file,
    process.execPath,
    PROGRAM,
    ...args,
  ]);
}

/** A command line; `STATE` and `POLICIES` stand for folders. */
const COMMANDS = [
  '--version',
  'audit export --help',
  'audit list --state STATE',
  'audit list --json --state STATE',
  `audit show ${idOf(1)} --state STATE`,
  `audit show ${idOf(1)} --json --state STATE`,
  'audit export --state STATE',
  'audit verify --json --state STATE',
  'policy check POLICIES',
  'policy explain CONNECT a.example:443 --policies POLICIES --json',
  'config show --json',
];

for (const command of COMMANDS) {
  test.serial(
    `where its output is on a full device, the exit code is 73: ${command.replace(idOf(1), 'ID')}`,
    async (t) => {
      const state = await stateWith(t, 2);
      const policy = 'policy: web\nallow:\n  - {id: a, to: [a.example], protocol: tls}\n';
      const folder = await folderOf(t, { 'policies/web.yaml': policy });
      const place: Readonly<Record<string, string>> = { STATE: state, POLICIES: join(folder.path, 'policies') };
      const { code, stderr } = await into(
        '/dev/full',
        command.split(' ').map((word) => place[word] ?? word),
      );
      t.is(code, 73, stderr);
      t.regex(stderr, /^tidegate: cannot write standard output \(ENOSPC\)\n {2}what was printed is incomplete\n/m);
      t.notRegex(stderr, /exported/);
    },
  );
}

test.serial('an output file that takes a part of the bytes is an error, and has that part', async (t) => {
  const state = await stateWith(t, 20);
  const folder = await folderOf(t);
  for (const args of [
    ['audit', 'export', '--state', state],
    ['audit', 'list', '--json', '--state', state],
    ['audit', 'list', '--state', state],
  ]) {
    const file = join(folder.path, `${args.length}${args.at(2) ?? ''}`);
    // 2 blocks of 512 bytes: the end of such a file is in the middle of a write.
    const { code, stderr } = await into(file, args, 'ulimit -f 2');
    t.is(code, 73, stderr);
    t.regex(stderr, /cannot write standard output \(EFBIG\)/);
    t.notRegex(stderr, /exported/);
    t.true((await readFile(file)).length > 0);
  }
});

testOnSmallDisk('an export that fills its disk ends with 73, and one that fits with 0', async (t) => {
  const state = await stateWith(t, 200);
  const folder = await folderOf(t);
  const script = join(import.meta.dirname, 'exports-to-small-disk.js');
  process.env['EXPORTED_STATE'] = state;
  t.teardown(() => delete process.env['EXPORTED_STATE']);
  const { status, stdout, stderr } = await onSmallDisk(folder.path, '128k', script);
  t.is(status, 0, stderr);
  const [whole, cut] = JSON.parse(stdout) as { code: number; said: string }[];
  t.is(whole?.code, 0, whole?.said);
  t.regex(whole?.said ?? '', /^exported \d+ records\n$/);
  t.is(cut?.code, 73, cut?.said);
  t.regex(cut?.said ?? '', /^tidegate: cannot write standard output \(ENOSPC\)/);
});
