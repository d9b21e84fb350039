import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { plainEnvironment } from '../fixtures/program.js';
import { orHung } from '../fixtures/waiting.js';

/** What came of a step: its value, or the exception as the library's caller sees it. */
export type Outcome<T> =
  | { readonly ok: true; readonly seconds: number; readonly value: T }
  | {
      readonly ok: false;
      readonly seconds: number;
      /** The full name of the exception's class. */
      readonly type: string;
      readonly message: string;
      /** The exception and those inside it, each as `class: message`. */
      readonly chain: readonly string[];
    };

/** One of the .NET programs, running: it takes a step at a time and answers it. See `dotnet/shared/Conversation.cs`. */
export interface DotnetProgram {
  readonly ask: <T>(step: object) => Promise<Outcome<T>>;
  /** The next line that no step has asked for, such as where it listens. */
  readonly line: <T>() => Promise<T>;
  /** Ends its standard input, and waits until it has ended. */
  readonly close: () => Promise<void>;
}

/** How long a step may take: some carry 1 GB, or wait for a time-out to pass. */
const STEP_MS = 110_000;

/** Starts a .NET program with its words. The environment holds no proxy but what `environment` names. */
export function startDotnet(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  stepMs = STEP_MS,
): DotnetProgram {
  const child = spawn('dotnet', [program, ...words], {
    env: { ...plainEnvironment(), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stdin.on('error', () => undefined); // it ended: its lines will say so
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async <T>(): Promise<T> => {
    const next = await orHung(lines.next(), () => `${words.join(' ')} says nothing more; complained ${said}`, stepMs);
    if (next.done === true) throw new Error(`${words.join(' ')} ended; complained ${said}`);
    return JSON.parse(next.value) as T;
  };
  return {
    ask: async <T>(step: object) => {
      child.stdin.write(`${JSON.stringify(step)}\n`);
      return line<Outcome<T>>();
    },
    line,
    close: async () => {
      child.stdin.end();
      try {
        await orHung(ended, () => `${words.join(' ')} does not end; complained ${said}`);
      } finally {
        child.kill('SIGKILL');
      }
    },
  };
}
