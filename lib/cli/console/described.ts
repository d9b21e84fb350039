import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.js';

/** What a command does: it reads its options and arguments from the command, and answers the code to end with. */
type Act = (command: Command) => Promise<ExitCode>;

/** A command as its help shows it. */
interface Description {
  /** Its name, and its arguments as commander writes them: `add <name>`. */
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

/** Adds a command to a group. `done` hears the code that it ended with. */
export type Adding = (group: Command, description: Description, act: Act) => Command;

/** Makes what adds commands; every one of them tells `done` its code. */
export function adding(done: (code: ExitCode) => void): Adding {
  return (group, { usage, summary, examples }, act) => {
    const command = group.command(usage).description(summary);
    command.addHelpText('after', examplesText(examples));
    command.action(async () => done(await act(command)));
    return command;
  };
}

/** Examples as they stand below a help text. */
export function examplesText(examples: readonly string[]): string {
  return ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n');
}
