import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel, MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { Assembly, type PolicySet, type Slice } from '../policy/index.js';
import { errorMessage } from '../system/index.js';
import { wholeFileProblem } from '../text/index.js';
import type { Loaded, NotLoaded } from './loading.js';
import type { SourceContent } from './policy-source.js';

/** What the loading thread is given: the files, the day (`YYYY-MM-DD`, UTC), and where to post the result. */
export interface LoadTask {
  readonly content: SourceContent;
  readonly name: string;
  readonly today: string;
  readonly port: MessagePort;
}

/** The first message of the loading thread. For `loaded`, the slices of the compiled set follow on the same port. */
export type LoadReport = (Omit<Loaded, 'compiled' | 'set'> & { readonly rules: number }) | NotLoaded;

/** A set that was loaded in another thread and is now ready for use here. */
export type Received = Omit<Loaded, 'compiled'>;

const thisThread = new URL('./worker.js', import.meta.url);
const LONGEST_MS = 60_000;
/** For the most that a source may hold; a text that needs more ends the thread, not the proxy. */
const MOST_MEMORY_MB = 2048;

/** What the loading thread runs, and how long and in how much memory. Other than usual only in tests. */
interface Bounds {
  readonly thread?: URL;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

/**
 * Loads policies in a thread and receives the result in small pieces, one a turn of the event loop. A thread that crashes or
 * takes longer than a minute is a refusal like any other.
 */
export async function loadInThread(
  content: SourceContent,
  today: string,
  name: string,
  { thread = thisThread, timeoutMs = LONGEST_MS, memoryMb = MOST_MEMORY_MB }: Bounds = {},
): Promise<Received | NotLoaded> {
  const { port1, port2 } = new MessageChannel();
  try {
    const task: LoadTask = { content, name, today, port: port2 };
    // Reading a large set makes much short-lived garbage: a roomy nursery saves a sixth of the work.
    const resourceLimits = { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(thread, { workerData: task, transferList: [port2], resourceLimits });
    const ended = await endOf(worker, timeoutMs);
    return ended === 'finished' ? await takeOver(port1, name) : failed(name, ended);
  } catch (error) {
    // The thread could not be started: out of threads or memory, or not permitted. The caller keeps what is in force.
    return failed(name, errorMessage(error));
  } finally {
    port1.close();
  }
}

/** Waits for the thread's end: what it has posted by then stays on the port until it is taken. */
function endOf(worker: Worker, timeoutMs: number): Promise<string> {
  return new Promise((settle) => {
    const timer = setTimeout(() => {
      settle(`not done after ${timeoutMs / 1000} s`);
      void worker.terminate();
    }, timeoutMs);
    worker.once('error', (error) => settle(error.message));
    worker.once('exit', (code) => {
      clearTimeout(timer);
      settle(code === 0 ? 'finished' : `the loading thread ended with code ${code}`);
    });
  });
}

async function takeOver(port: MessagePort, name: string): Promise<Received | NotLoaded> {
  const report = take(port);
  if (!isReport(report)) return failed(name, 'the loading thread ended without a report');
  if (report.kind === 'not_loaded') return report;
  const set = await assembled(port);
  const { kind, revision, warnings, cases, rules } = report;
  if (set.revision !== revision || set.ruleCount !== rules)
    return failed(name, 'the loading thread handed over another set than it reported');
  return { kind, revision, warnings, cases, set };
}

async function assembled(port: MessagePort): Promise<PolicySet> {
  const assembly = new Assembly();
  for (let message = take(port); message !== undefined; message = take(port)) {
    if (!isSlice(message)) throw new Error('the loading thread posted something that is not a slice');
    assembly.add(message);
    await turn();
  }
  return assembly.finish();
}

/** The next message, deserialised now and not before: that is what takes the time. */
function take(port: MessagePort): unknown {
  return receiveMessageOnPort(port)?.message as unknown;
}

function failed(name: string, message: string): NotLoaded {
  const hint = 'try "tidegate policy check" on the folder';
  const problem = wholeFileProblem(name, 'load_failed', `loading failed: ${message}`, hint);
  return { kind: 'not_loaded', why: 'policies_refused', revision: 'none', problems: [problem] };
}

/** What crosses between threads has no type. Both ends are this file and worker.ts, so that the kind is enough. */
function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

function isReport(value: unknown): value is LoadReport {
  return kindOf(value) === 'loaded' || kindOf(value) === 'not_loaded';
}

function isSlice(value: unknown): value is Slice {
  return ['start', 'policies', 'lists', 'rules', 'denies'].some((kind) => kind === kindOf(value));
}

/** Whether this is what {@link loadInThread} gives to the thread. */
export function isTask(value: unknown): value is LoadTask {
  return typeof value === 'object' && value !== null && 'port' in value && value.port instanceof MessagePort;
}
