import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { readJournal } from '../../lib/journal/index.js';

const WRITER = fileURLToPath(new URL('writer-process.js', import.meta.url));

/** A writer process and the lines that it has told so far. */
export interface Writing {
  readonly process: ChildProcess;
  readonly told: () => readonly string[];
  /** Settles when a line has been told. */
  readonly tells: (line: string) => Promise<void>;
  /** Settles with the exit code, or the signal, when all output is read. */
  readonly ended: Promise<number | string>;
}

/** Starts a writer with so many callers, under another program if one is given. */
export function startWriter(
  directory: string,
  callers: number,
  under: readonly string[] = [],
  options: object = {},
): Writing {
  const own = [process.execPath, WRITER, directory, String(callers), JSON.stringify(options)];
  const [program = '', ...rest] = [...under, ...own];
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

/** Every receipt that was told stands in the journal, under its number, with its content; the oldest may be gone by order. */
export async function checkReceipts(
  t: ExecutionContext,
  directory: string,
  told: readonly string[],
  oldest = 1,
): Promise<void> {
  const receipts = new Map(told.filter((line) => /^\d/.test(line)).map((line) => [Number(line.split(' ')[0]), line]));
  t.true(receipts.size > 0);
  for (const seq of receipts.keys()) if (seq < oldest) receipts.delete(seq);
  for await (const line of readJournal(directory)) {
    if (line.read === 'damaged') return t.fail(`${line.segment} ${line.offset}: ${line.detail}`);
    const receipt = receipts.get(line.seq);
    if (receipt === undefined) continue;
    t.is(receipt, `${line.seq} ${String(line.content['caller'])} ${String(line.content['n'])}`);
    receipts.delete(line.seq);
  }
  t.deepEqual([...receipts.values()], [], 'receipts without a line');
}
