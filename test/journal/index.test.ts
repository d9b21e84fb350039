import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openJournal, readJournal, verifyChain } from '../../lib/journal/index.js';
import { testWith } from '../programs.js';
import { appendMany, opened, temporaryFolder } from './temporary.js';

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));
const FULL_DISK = fileURLToPath(new URL('full_disk.js', import.meta.url));

/** A writer process and the lines that it has told so far. */
interface Writing {
  readonly process: ChildProcess;
  readonly told: () => readonly string[];
  /** Settles when a line has been told. */
  readonly tells: (line: string) => Promise<void>;
  /** Settles with the exit code, or the signal, when all output is read. */
  readonly ended: Promise<number | string>;
}

function startWriter(directory: string, callers: number, under: readonly string[] = []): Writing {
  const [program, ...rest] = [...under, process.execPath, WRITER, directory, String(callers)] as const;
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  const told = (): readonly string[] => text.split('\n').slice(0, -1);
  const ended = once(child, 'close').then(([code, signal]: unknown[]) =>
    typeof code === 'number' ? code : String(signal),
  );
  const tells = async (line: string): Promise<void> => {
    while (!told().includes(line)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${text}`);
      await Promise.race([once(child.stdout, 'data'), ended]);
    }
  };
  return { process: child, told, tells, ended };
}

/** Every receipt that was told stands in the journal, under its number, with its content. */
async function checkReceipts(t: ExecutionContext, directory: string, told: readonly string[]): Promise<void> {
  const receipts = new Map(told.filter((line) => /^\d/.test(line)).map((line) => [Number(line.split(' ')[0]), line]));
  t.true(receipts.size > 0);
  for await (const line of readJournal(directory)) {
    if (line.read === 'damaged') return t.fail(`${line.segment} ${line.offset}: ${line.detail}`);
    const receipt = receipts.get(line.seq);
    if (receipt === undefined) continue;
    t.is(receipt, `${line.seq} ${String(line.content['caller'])} ${String(line.content['n'])}`);
    receipts.delete(line.seq);
  }
  t.deepEqual([...receipts.values()], [], 'receipts without a line');
}

test.serial(
  'killed with -9 under load at random moments, 50 times: no receipt is without its line, and the chain holds',
  async (t) => {
    t.timeout(300_000, 'a writer hangs');
    const directory = join(await temporaryFolder(t, tmpdir()), 'journal');
    const told: string[] = [];
    for (let cycle = 0; cycle < 50; cycle += 1) {
      const writing = startWriter(directory, [1, 8, 64, 256][cycle % 4] ?? 1);
      await writing.tells('open');
      await delay(Math.random() * 120);
      writing.process.kill('SIGKILL');
      t.is(await writing.ended, 'SIGKILL');
      told.push(...writing.told());
    }
    const report = await verifyChain(directory);
    t.is(report.kind, 'holds', JSON.stringify(report));
    await checkReceipts(t, directory, told);
    await (await opened(t, { directory })).close();
    const after = await verifyChain(directory);
    t.like(after, { kind: 'holds', unfinishedBytes: 0 });
    if (after.kind === 'holds') t.log(`${told.length} receipts, ${after.lines} lines in ${after.segments} segments`);
  },
);

test.serial('while a process holds the lock, another is told its id; after kill -9 the lock is free', async (t) => {
  const directory = join(await temporaryFolder(t), 'journal');
  const writing = startWriter(directory, 1);
  await writing.tells('open');
  t.like(await openJournal({ directory }), { kind: 'locked', pid: writing.process.pid });
  writing.process.kill('SIGSTOP');
  t.like(
    await openJournal({ directory }),
    { kind: 'locked', pid: 'not_visible' },
    'a stopped process holds the lock too',
  );
  writing.process.kill('SIGKILL');
  await writing.ended;
  t.like((await appendMany(await opened(t, { directory }), 1))[0], { kind: 'receipt' });
});

testWith('strace')(
  'a failed fdatasync of a real process ends it: no receipt follows, and the chain holds',
  async (t) => {
    const directory = join(await temporaryFolder(t), 'journal');
    const inject = [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fdatasync',
      '-e',
      'inject=fdatasync:error=EIO:when=20',
    ];
    const writing = startWriter(directory, 8, inject);
    t.is(await writing.ended, 70);
    const told = writing.told();
    t.is(told.at(-1), 'failed');
    await checkReceipts(t, directory, told);
    await (await opened(t, { directory })).close();
    t.like(await verifyChain(directory), { kind: 'holds' });
  },
);

const small = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
const mount = 'mount -t tmpfs -o size=1m tidegate-test "$0" && exec "$@"';
const unshare = 'unshare';
const refused = spawnSync(unshare, [...small, 'sh', '-c', mount, tmpdir(), 'true'], { encoding: 'utf8' });
const fullDisk = 'a disk that gets full stops all receipts, and gives them again when there is room';
if (refused.status === 0) {
  test.serial(fullDisk, async (t) => {
    const folder = await temporaryFolder(t);
    const mounted = join(folder, 'small');
    await mkdir(mounted);
    const run = spawnSync(unshare, [...small, 'sh', '-c', mount, mounted, process.execPath, FULL_DISK, mounted], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    t.is(run.status, 0, run.stderr);
    const found: unknown = JSON.parse(run.stdout);
    t.like(found, {
      whenFull: ['full'],
      state: 'full',
      chainWhenFull: 'holds',
      after: 'number',
      missing: [],
      chain: { kind: 'holds', unfinishedBytes: 0 },
    });
  });
} else {
  const reason = `no tmpfs can be mounted: ${refused.error?.message ?? refused.stderr.trim()}`;
  if (process.env['CI'] === undefined) test.skip(`${fullDisk} (skipped: ${reason})`, (t) => t.pass());
  else test(fullDisk, (t) => t.fail(reason));
}
