/** One measurement: a load process runs one job against one contestant, whose cost is read from /proc before and after. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './start.js';
import { firstOf, type Job, type Outcome } from './job.js';
import { cpuSeconds, residentBytes } from './processes.js';

/** What one round cost: CPU seconds or bytes of memory for the whole job, and what the clients saw. */
export interface Measured {
  readonly cost: number;
  readonly outcome: Outcome;
}

/** A job takes no longer than this; a load that hangs is ended. */
const LONGEST_MS = 60_000;

const LOAD = fileURLToPath(new URL('load.js', import.meta.url));

/** Runs the job and tells the contestant's cost. Throws when the load fails: a proxy that breaks off is no contestant. */
export async function measure(contestant: Contestant, job: Job): Promise<Measured> {
  const load = startLoad(job);
  if (job.kind === 'hold') return await measureHeld(contestant, job, load);
  const before = cpuSeconds(contestant.pid);
  const outcome = await load.outcome;
  await settle(); // closing what the clients closed, and its log lines, belong to the job
  return { cost: cpuSeconds(contestant.pid) - before, outcome };
}

/** Reads the memory twice, with a fifth and with all of the tunnels held, and tells what all would take by the difference. */
async function measureHeld({ pid }: Contestant, job: Job, load: Load): Promise<Measured> {
  await load.held(1);
  await settle();
  const first = residentBytes(pid);
  load.goOn();
  await load.held(2);
  await settle();
  const each = (residentBytes(pid) - first) / (job.count - firstOf(job.count));
  load.release();
  return { cost: each * job.count, outcome: await load.outcome };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}

interface Load {
  readonly outcome: Promise<Outcome>;
  /** Waits until it has said that often that it holds its tunnels. */
  readonly held: (times: number) => Promise<void>;
  readonly goOn: () => void;
  readonly release: () => void;
}

function startLoad(job: Job): Load {
  const child = spawn(process.execPath, [LOAD, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  let told = '';
  let complained = '';
  child.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()));
  child.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      clearTimeout(limit);
      if (code === 0) resolve();
      else
        reject(new Error(`load ${job.kind} failed: ${complained.trim().slice(0, 600) || `code ${code ?? 'killed'}`}`));
    });
  });
  const held = (times: number): Promise<void> => {
    const heard = new Promise<void>((resolve) => {
      child.stdout.on('data', () => (told.split('held\n').length > times ? resolve() : undefined));
    });
    return Promise.race([heard, ended]);
  };
  const outcome = ended.then(() => JSON.parse(told.trim().split('\n').at(-1) ?? '') as Outcome);
  outcome.catch(() => undefined); // awaited by the caller later than it may fail
  return { outcome, held, goOn: () => child.stdin.write('on\n'), release: () => child.stdin.end() };
}
