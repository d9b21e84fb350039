/**
 * The command line: reads arguments, the environment and the terminal. Commands are thin: each reads its options, calls
 * another room, prints the result and gives an exit code. Start at `program.ts`; each command has a folder, and what they
 * share is in `console`.
 */
import { standardOutput } from './console/index.js';
import { carryOut } from './program.js';

/** Carries out a command line, and gives the exit code. `argv` is without Node and the program. */
export function main(argv: readonly string[]): Promise<number> {
  standardOutput.open();
  // There is no place left where an error of standard error could be said.
  process.stderr.on('error', () => undefined);
  return carryOut(argv);
}
