import { type Command, Option } from 'commander';
import { complain, print, printJson } from './output.js';
import { exitCodes, type ExitCode, type ExitName } from './exit-codes.js';
import { settingOptions } from './setting-options.js';

/** A command that failed: the exit code's name, what failed and why, and what to do about it. */
export interface Failure {
  readonly kind: 'failure';
  readonly exit: ExitName;
  readonly message: string;
  readonly details: readonly string[];
}

/** How a command ended: with a result on standard output, or with a failure, which is printed to standard error. */
export type Result = { readonly kind: 'done'; readonly exit: ExitName } | Failure;

/** A command that ended with this exit code, and has printed its result. */
export function done(exit: ExitName = 'ok'): Result {
  return { kind: 'done', exit };
}

/** Prints a result, as a line of JSON with `--json`, else as text, and ends the command. */
export function printResult(input: Input, json: unknown, text: () => string, exit: ExitName = 'ok'): Result {
  if (input.has('json')) printJson(json);
  else print(text());
  return done(exit);
}

/** Makes a failure. */
export function failure(exit: ExitName, message: string, ...details: readonly string[]): Failure {
  return { kind: 'failure', exit, message, details };
}

/** An option as its help shows it: `['--limit <count>', 'maximum number of rows', '50']`, with its default at the end. */
export type OptionText = readonly [flags: string, help: string, fallback?: string];

/** A command: its help, its options, and what it does. */
export interface CommandSpec {
  /** Its name, and its arguments as commander writes them: `add <name>`. */
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options?: readonly OptionText[];
  /** Options without which the command is refused. */
  readonly required?: readonly OptionText[];
  /** Options that may be given several times. */
  readonly repeated?: readonly OptionText[];
  /** The settings whose flags it takes, with `--config`; none if left out. */
  readonly settings?: 'all' | readonly string[];
  readonly action: Action;
}

/** What a command does with its command line. */
export type Action = (input: Input) => Promise<Result>;

/** Commands under one name. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandSpec[];
}

/** The arguments and options of one command line. */
export interface Input {
  readonly args: readonly string[];
  /** The text of an option, or `'none'` if it was not given. */
  readonly text: (flag: string) => string;
  /** The texts of an option that may be given several times, in their order. */
  readonly texts: (flag: string) => readonly string[];
  /** Whether an option was given, or has a default. */
  readonly has: (flag: string) => boolean;
}

/** Adds a command or a group to a program. `onEnd` receives the exit code of the command that ran. */
export function addCommand(parent: Command, spec: CommandSpec | CommandGroup, onEnd: (code: ExitCode) => void): void {
  if ('commands' in spec) {
    const group = parent.command(spec.name).description(spec.summary);
    for (const each of spec.commands) addCommand(group, each, onEnd);
    return;
  }
  const { usage, summary, examples, options = [], required = [], repeated = [], settings, action } = spec;
  const command = parent.command(usage).description(summary).addHelpText('after', examplesText(examples));
  for (const each of required) command.addOption(optionOf(each).makeOptionMandatory());
  for (const each of repeated) command.addOption(optionOf(each).argParser(collect));
  for (const each of options) command.addOption(optionOf(each));
  if (settings !== undefined) for (const each of settingOptions(settings)) command.addOption(each);
  command.action(async () => {
    const outcome = await action(inputOf(command));
    if (outcome.kind === 'failure') complain(outcome.message, ...outcome.details);
    onEnd(exitCodes[outcome.exit]);
  });
}

/** Examples as they stand below a help text. */
export function examplesText(examples: readonly string[]): string {
  return ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n');
}

function optionOf([flags, help, fallback]: OptionText): Option {
  const option = new Option(flags, help);
  return fallback === undefined ? option : option.default(fallback);
}

function collect(value: string, before: unknown): readonly unknown[] {
  return Array.isArray(before) ? [...before.map(String), value] : [value];
}

function inputOf(command: Command): Input {
  const valueOf = (flag: string): unknown => command.getOptionValue(new Option(`--${flag}`).attributeName());
  return {
    args: command.args,
    text: (flag) => {
      const value = valueOf(flag);
      return typeof value === 'string' ? value : 'none';
    },
    texts: (flag) => {
      const value = valueOf(flag);
      return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
    },
    has: (flag) => valueOf(flag) !== undefined,
  };
}
