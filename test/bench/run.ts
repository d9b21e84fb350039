/**
 * `npm run bench -- [--quick] [--parts set-up,relay,…] [--only tidegate,squid,…] [--rounds N] [--before FOLDER]`
 *
 * Measures tidegate side by side with other forward proxies on this machine, everything on loopback and bounded. Rounds are
 * interleaved, so that a slow moment of the machine meets all of them; medians and spread are told, and ratios to Squid.
 * Then come the benches of single rooms, where they are: the judge, the journal and its verification.
 *
 * `--before` names another checkout of tidegate, built: it takes part as `before`, ratios are to it, and the benches of single
 * rooms run in turn with its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { STARTERS } from './contestants.js';
import { measure, type Measured } from './measure.js';
import type { OriginPorts } from './origin.js';
import { PARTS, type Part, type PartName } from './parts.js';
import { table } from './report.js';
import type { Contestant, Starter } from './start.js';
import { tidegateForBench } from './tidegate.js';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    parts: { type: 'string', default: Object.keys(PARTS).join(',') },
    only: { type: 'string', default: Object.keys(STARTERS).join(',') },
    rounds: { type: 'string', default: '' },
    before: { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rounds = Number(flags.rounds || (flags.quick ? 3 : 5));

say(`$ npm run bench -- ${process.argv.slice(2).join(' ')}`);
say(`${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, ${rounds} interleaved rounds`);

const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
await chmod(folder, 0o755); // squid gives up root
const origin = await startOrigin();
const before: Readonly<Record<string, Starter>> =
  flags.before === undefined ? {} : { before: tidegateForBench('before', join(flags.before, 'bin', 'tidegate')) };
const contestants = new Map<string, Contestant>();
try {
  for (const name of [...Object.keys(before), ...flags.only.split(',')]) await start(name);
  for (const name of flags.parts.split(',').filter(isPart)) await runPart(PARTS[name]);
  for (const { name, log } of contestants.values()) say(`${name}: ${await countLines(log)} lines in ${basename(log)}`);
} finally {
  await Promise.all([...contestants.values()].map((contestant) => contestant.stop()));
  origin.stop();
  await rm(folder, { recursive: true, force: true });
}
for (const name of ['judge', 'journal', 'verify', 'inspection']) {
  if (flags.before !== undefined) runRoomBench(join(flags.before, 'build', 'test', 'bench', `${name}.js`));
  runRoomBench(fileURLToPath(new URL(`${name}.js`, import.meta.url)));
}

function isPart(name: string): name is PartName {
  return name in PARTS;
}

/** Starts a contestant, or starts it anew; one that cannot start takes no part. */
async function start(name: string): Promise<void> {
  await contestants.get(name)?.stop();
  contestants.delete(name);
  const starters: Readonly<Record<string, Starter | undefined>> = { ...before, ...STARTERS };
  const starter = starters[name];
  if (starter === undefined)
    throw new Error(`no contestant is called ${name}; there are ${Object.keys(starters).join(', ')}`);
  const started = await starter(join(folder, name));
  if ('absent' in started) say(`${name}: not here (${started.absent.split('\n').at(-1)})`);
  else contestants.set(name, started);
}

/** Measures one part in interleaved rounds. A first one warms up (compiled code, pools, caches) and is not told. */
async function runPart(part: Part): Promise<void> {
  const count = flags.quick ? part.quickCount : part.count;
  const names = [...contestants.keys()];
  const results = new Map<string, Measured[]>(names.map((name) => [name, []]));
  for (let round = part.fresh ? 0 : -1; round < rounds; round++) {
    // Each round starts with another contestant, so that none is always first.
    const turn = Math.max(0, round) % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const measured = await measureOne(name, part, count);
      if (measured !== 'failed' && round >= 0) results.get(name)?.push(measured);
    }
  }
  say('');
  say(`${part.title} (${count.toLocaleString('en')} a round)`);
  for (const line of table(part, count, results)) say(line);
}

async function measureOne(name: string, part: Part, count: number): Promise<Measured | 'failed'> {
  if (part.fresh) await start(name);
  const contestant = contestants.get(name);
  if (contestant === undefined) return 'failed';
  const { kind, width } = part;
  try {
    return await measure(contestant, { kind, width, proxy: contestant.port, target: origin.ports[part.target], count });
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    await start(name);
    return 'failed';
  }
}

async function startOrigin(): Promise<{ readonly ports: OriginPorts; readonly stop: () => void }> {
  const script = fileURLToPath(new URL('origin.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  return { ports: JSON.parse(line) as OriginPorts, stop: () => child.stdin.end() };
}

/** Lines of a log file, or of all files of a folder of segments: to show that each contestant kept a record. */
async function countLines(path: string): Promise<number> {
  const folder = (await stat(path)).isDirectory();
  const files = folder
    ? (await readdir(path)).flatMap((name) => (name.endsWith('.jsonl') ? [join(path, name)] : []))
    : [path];
  let lines = 0;
  for (const file of files) for (const byte of await readFile(file)) if (byte === 10) lines += 1;
  return lines;
}

function runRoomBench(script: string): void {
  if (!existsSync(script)) return;
  say('');
  if (flags.before !== undefined) say(script.startsWith(flags.before) ? 'before' : 'now');
  spawnSync(process.execPath, [script, ...(flags.quick ? ['--quick'] : [])], { stdio: 'inherit' });
}
