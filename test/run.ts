/**
 * Runs every check of the project, one kind after another, and ends with the line `N passed, N failed, N skipped`.
 *
 * `node build/test/run.js` runs them all; with words behind it, only the test files whose paths hold one of them. The
 * exit code is 1 if anything failed or no test passed. A skipped test says why; where `CI` is set it is a failure,
 * since there everything is installed that can be had everywhere (see `skips.ts`).
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mayBeSkipped } from './skips.js';
import { readTap, type Outcome } from './tap.js';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** How long nothing may come from a test file before it counts as hung: long, since other things may run beside it. */
const HUNG = '5m';

/** What a program that has ended said. */
interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Outcomes, counted and kept for the end. */
class Tally {
  passed = 0;
  failed = 0;
  readonly skipped: string[] = [];

  /** Counts one outcome of `place`, and shows a failure at once and whole. */
  count(place: string, { kind, title, details }: Outcome): void {
    const forbidden = kind === 'skipped' && process.env['CI'] !== undefined && !mayBeSkipped(title);
    if (kind === 'passed') this.passed++;
    else if (kind === 'skipped' && !forbidden) this.skipped.push(`${place}: ${title}`);
    else {
      this.failed++;
      say(`  FAILED  ${place}: ${title}`);
      if (forbidden) say('    a skipped test is a failure here');
      for (const line of details) say(`    ${line}`);
    }
  }
}

/** Runs a program of a dependency with this very Node. Never fails by itself: what went wrong is in the answer. */
function run(program: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const path = join(PROJECT, 'node_modules', '.bin', program);
    const child = spawn(process.execPath, [path, ...args], {
      cwd: PROJECT,
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    const end = (code: number | string): void =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) => end(code ?? signal ?? 'unknown'));
  });
}

/** One check that is a program: it passed if the program says so. */
async function check(tally: Tally, program: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(program, ...args);
  if (code === 0) say(`  ok      ${program}`);
  const details = `${stdout}\n${stderr}`.trim().split('\n');
  tally.count('checks', { kind: code === 0 ? 'passed' : 'failed', title: [program, ...args].join(' '), details });
}

/** The test files of the source tree; what else lies in build/ may be left over from files that are gone. */
function testFiles(words: readonly string[]): string[] {
  return readdirSync(join(PROJECT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => words.length === 0 || words.some((word) => `test/${name}`.includes(word)))
    .sort();
}

/** One test file in an ava of its own, so that a file which crashes or hangs takes no other's results along. */
async function testFile(tally: Tally, name: string): Promise<void> {
  const place = name.replace(/\.test\.ts$/, '');
  const { code, stdout, stderr } = await run(
    'ava',
    '--tap',
    `--timeout=${HUNG}`,
    `build/test/${name.replace(/\.ts$/, '.js')}`,
  );
  const { outcomes, complete } = readTap(stdout);
  const counted = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  const broken = !complete || (code !== 0 && counted('failed') === 0);
  if (broken || counted('failed') > 0) say(`  FAILED  ${place}`);
  else say(`  ok      ${place}: ${counted('passed')} passed, ${counted('skipped')} skipped`);
  for (const outcome of outcomes) tally.count(place, outcome);
  if (!broken) return;
  // ava's TAP reporter itself fails when a test hangs, and then cannot say which.
  const hint = `did not come to its end (${code}); to see a test that hangs: npx ava build/test/${place}.test.js`;
  tally.count(place, { kind: 'failed', title: hint, details: stderr.trim().split('\n') });
}

/** All test files, as many at once as there are processors. */
async function testAll(tally: Tally, files: string[]): Promise<void> {
  const next = async (): Promise<void> => {
    for (let name = files.shift(); name !== undefined; name = files.shift()) await testFile(tally, name);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const tally = new Tally();
const words = process.argv.slice(2);
if (words.length === 0) {
  say('checks');
  tally.count('checks', { kind: 'passed', title: 'tsc', details: [] });
  say('  ok      tsc (built this program)');
  await check(tally, 'eslint', '.');
  await check(tally, 'prettier', '--check', '.');
  // Types a door offers need no taker: they name what its functions take and give.
  await check(tally, 'knip', '--exclude', 'types', '--no-config-hints');
}
say(`tests, Node ${process.versions.node}`);
const before = tally.passed;
await testAll(tally, testFiles(words));
const nothing = tally.passed === before;
if (nothing) say('no test passed');
if (tally.skipped.length > 0) say('skipped');
for (const skipped of tally.skipped) say(`  ${skipped}`);
say(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped`);
process.exitCode = tally.failed > 0 || nothing ? 1 : 0;
