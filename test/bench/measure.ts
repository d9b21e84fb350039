/** One measurement: a load process runs one job against one contestant, whose cost is read from /proc before and after. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestants.js';
import type { Job, Outcome } from './job.js';
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
  const read = job.kind === 'hold' ? residentBytes : cpuSeconds;
  const before = read(contestant.pid);
  const load = startLoad(job);
  if (job.kind === 'hold') {
    await load.said('held\n');
    await settle();
    const cost = read(contestant.pid) - before;
    load.release();
    return { cost, outcome: await load.outcome };
  }
  const outcome = await load.outcome;
  await settle(); // closing what the clients closed, and its log lines, belong to the job
  return { cost: read(contestant.pid) - before, outcome };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}

interface Load {
  readonly outcome: Promise<Outcome>;
  readonly said: (text: string) => Promise<void>;
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
  const said = (text: string): Promise<void> => {
    const heard = new Promise<void>((resolve) => {
      child.stdout.on('data', () => (told.includes(text) ? resolve() : undefined));
    });
    return Promise.race([heard, ended]);
  };
  const outcome = ended.then(() => JSON.parse(told.trim().split('\n').at(-1) ?? '') as Outcome);
  outcome.catch(() => undefined); // awaited by the caller later than it may fail
  return { outcome, said, release: () => child.stdin.end() };
}
