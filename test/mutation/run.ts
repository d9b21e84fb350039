/**
 * Mutates the pure rooms and runs their tests: a mutant that no test notices shows a hole. Survivors are listed with their
 * place; each is either equivalent or wants a test.
 *
 * `npm run test:mutation -- --room policy --sample 100 --seed 2` takes 100 mutants of the pure rooms below lib/policy;
 * without options 200 of all pure rooms. Mutants that the compiler rejects are not counted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOMS, roomOf } from '../house/rooms.js';
import { makeCompiler } from './compiler.js';
import { mutantsOf, withMutant, type Mutant } from './mutants.js';
import { makeTrial, type Outcome, type Trial } from './trial.js';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const RUN_MS = 90_000;

interface Candidate {
  readonly path: string;
  readonly text: string;
  readonly mutant: Mutant;
}

/** Every mutant of the pure rooms that are `room` or lie below it. */
function candidates(room: string): Candidate[] {
  return filesBelow('lib')
    .filter((path) => ROOMS[roomOf(path)]?.pure === true && !path.endsWith('/index.ts'))
    .filter((path) => path.startsWith(`lib/${room}`))
    .flatMap((path) => {
      const text = readFileSync(join(PROJECT, path), 'utf8');
      return mutantsOf(path, text).map((mutant) => ({ path, text, mutant }));
    });
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts'))
    .sort();
}

/** The list in an order that depends on the seed alone (a Fisher-Yates shuffle over mulberry32). */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return list
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** The mirrored test of a file first; then those of its room, of the pure rooms that import it directly, and the laws. */
function testsOf(path: string): { first: string[]; rest: string[] } {
  const mirrored = path.replace(/^lib/, 'test').replace(/\.ts$/, '.test.ts');
  const room = roomOf(path);
  const importers = Object.entries(ROOMS).filter(([, { pure, imports }]) => pure && imports.includes(room));
  const folders = [room, ...importers.map(([name]) => name)].map((name) => `test/${name}/`);
  const near = filesBelow('test')
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => [...folders, 'test/laws/'].some((folder) => name.startsWith(folder)));
  return { first: near.filter((name) => name === mirrored), rest: near.filter((name) => name !== mirrored) };
}

async function outcomeOf(trial: Trial, { path }: Candidate, script: string): Promise<Outcome> {
  const { first, rest } = testsOf(path);
  const early = await trial.run(path, script, first, RUN_MS);
  return early === 'passed' ? trial.run(path, script, rest, RUN_MS) : early;
}

function describe({ path, text, mutant }: Candidate): string {
  const line = text.slice(0, mutant.start).split('\n').length;
  const short = (part: string): string => part.replace(/\s+/g, ' ').slice(0, 70);
  return `${path}:${line}: ${mutant.kind}: ${short(text.slice(mutant.start, mutant.end))} → ${short(mutant.text)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    room: { type: 'string', default: '' },
    sample: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const found = candidates(values.room);
const rooms = [...new Set(found.map(({ path }) => roomOf(path)))];
print(`${found.length} mutants in ${rooms.join(', ')}`);
const compiler = makeCompiler(PROJECT.replace(/\/$/, ''));
const trial = makeTrial(PROJECT);
const counts = { failed: 0, passed: 0, timed_out: 0 };
try {
  const unchanged = await trial.runUnchanged(
    filesBelow('test').filter(
      (name) => rooms.some((room) => name.startsWith(`test/${room}/`)) && name.endsWith('.test.ts'),
    ),
    RUN_MS * 4,
  );
  if (unchanged !== 'passed') throw new Error('the tests do not pass without a mutant');
  let tried = 0;
  for (const candidate of shuffled(found, Number(values.seed))) {
    if (tried >= Number(values.sample)) break;
    const script = compiler.compile(join(PROJECT, candidate.path), withMutant(candidate.text, candidate.mutant));
    if (script === 'does_not_compile') continue;
    tried++;
    const outcome = await outcomeOf(trial, candidate, script);
    counts[outcome]++;
    if (outcome === 'passed') print(`survived  ${describe(candidate)}`);
  }
} finally {
  trial.remove();
}
const { failed, passed, timed_out: late } = counts;
const share = Math.round(((failed + late) / Math.max(1, failed + late + passed)) * 1000) / 10;
print(`${failed} killed, ${late} timed out, ${passed} survived: ${share} % noticed`);
