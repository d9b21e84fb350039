/**
 * The command line: reads arguments, the environment and the terminal. Commands are thin: each reads its options, calls
 * another room, prints the result and gives an exit code. Start at `program.ts`; each command has a folder, and what they
 * share is in `console`.
 */
import { carryOut } from './program.js';

/** Carries out a command line, and gives the exit code. `argv` is without Node and the program. */
export function main(argv: readonly string[]): Promise<number> {
  // A reader may close the pipe at any time (`tidegate audit list | head`), which is not an error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return carryOut(argv);
}
