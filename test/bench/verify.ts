/**
 * `verify.js [--quick]`: how long verifying a journal takes, and how much memory, with checkpoints, tree and signatures; of
 * plain segments and of compressed ones. One process on one core; CPU time, so that what else runs here counts less.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { verifyJournal } from '../../lib/journal/index.js';
import { sealMember } from '../../lib/journal/bytes/index.js';
import { listSegments } from '../../lib/journal/lines/index.js';
import { entry } from './entry.js';
import { TestJournal } from '../journal/verify/written.js';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, measure: { type: 'string', default: '' } },
});
const SEGMENTS = flags.quick ? 2 : 16;
const SEGMENT_BYTES = 64 * 1024 * 1024;
const MEMBER_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (flags.measure === '') await compare();
else await measure(flags.measure);

async function compare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-verify-'));
  try {
    say(`verify: ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
    await write(folder);
    say('plain');
    measureAlone(folder);
    for (const { path } of await listSegments(folder)) await compress(path);
    say('compressed');
    measureAlone(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a process of its own, whose memory is that of verifying and nothing else. */
function measureAlone(folder: string): void {
  spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--measure', folder], { stdio: 'inherit' });
}

async function write(folder: string): Promise<void> {
  const journal = new TestJournal();
  for (let segment = 1; segment <= SEGMENTS; segment += 1) {
    for (let bytes = 0; bytes < SEGMENT_BYTES; bytes += journal.bytesOf(1000, entry)) journal.checkpoint();
    const [name = '', lines = []] = [...journal.segments].at(-1) ?? [];
    await writeFile(join(folder, name), lines.join(''), 'latin1');
    journal.segment();
    journal.segments.delete(name);
  }
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path);
  const members: Buffer[] = [];
  for (let at = 0; at < text.length; at += MEMBER_BYTES) {
    const part = text.subarray(at, at + MEMBER_BYTES);
    members.push(sealMember(gzipSync(part), part.length));
  }
  await writeFile(`${path}.gz`, Buffer.concat(members));
  await unlink(path);
}

async function measure(folder: string): Promise<void> {
  let most = 0;
  const progress = (): void => void (most = Math.max(most, process.memoryUsage.rss()));
  const start = process.hrtime.bigint();
  const report = await verifyJournal(folder, { progress });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage();
  if (report.kind !== 'holds') throw new Error(JSON.stringify(report));
  const { bytes, lines, checkpoints } = report;
  const gb = bytes / 1e9;
  say(
    `  ${(bytes / MIB).toFixed(0)} MiB, ${lines} lines of ${Math.round(bytes / lines)} bytes, ${checkpoints} checkpoints`,
  );
  say(`  CPU s/GB      ${((user + system) / 1e6 / gb).toFixed(2)}   (wall ${(seconds / gb).toFixed(2)})`);
  say(`  memory, most  ${(most / MIB).toFixed(0)} MiB`);
}
