/**
 * The command line: the only place that reads arguments, the environment and the terminal, and where the parts are put
 * together. Commands are thin: each reads its options, asks another room, and says what came of it. Start at
 * `program.ts`; running the proxy itself is the room `running` inside.
 */
import { carryOut } from './program.js';

/** Carries out a command line, and answers the exit code. `argv` is without Node and the program. */
export function main(argv: readonly string[]): Promise<number> {
  // Who reads may stop reading at any time (`tidegate audit list | head`); that is no reason to fail loudly.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return carryOut(argv);
}
