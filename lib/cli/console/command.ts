import { type Command, Option } from 'commander';
import { keys, settings as allSettings } from '../../config/index.js';
import type { ExitName } from './exit-codes.js';
import { print, printJson } from './output/index.js';

/** The end of a command that failed: its exit code, what failed and why, and what to do about it. */
export class CommandFailure extends Error {
  readonly exit: ExitName;
  readonly details: readonly string[];

  constructor(exit: ExitName, message: string, details: readonly string[]) {
    super(message);
    this.exit = exit;
    this.details = details;
  }
}

/** Ends the command with a failure, which is printed to standard error. */
export function fail(exit: ExitName, message: string, ...details: readonly string[]): never {
  throw new CommandFailure(exit, message, details);
}

/** Prints a result, as a line of JSON with `--json`, else as text, and gives the exit code. */
export function printResult(input: Input, json: unknown, text: () => string, exit: ExitName = 'ok'): ExitName {
  if (input.has('json')) printJson(json);
  else print(text());
  return exit;
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
  /** Prints the result, and gives the exit code; or ends with {@link fail}. */
  readonly action: (input: Input) => Promise<ExitName>;
}

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

/** Adds a command or a group to a program. `onEnd` receives the exit code of a command that did not fail. */
export function addCommand(parent: Command, spec: CommandSpec | CommandGroup, onEnd: (exit: ExitName) => void): void {
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
  command.action(async () => onEnd(await action(inputOf(command))));
}

/** Examples as they stand below a help text. */
export function examplesText(examples: readonly string[]): string {
  return ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n');
}

function optionOf([flags, help, fallback]: OptionText): Option {
  const option = new Option(flags, help);
  return fallback === undefined ? option : option.default(fallback);
}

/** `--config` and the flags of settings. */
function settingOptions(wanted: 'all' | readonly string[]): readonly Option[] {
  const flags = keys.flatMap((key) => {
    const { flag, kind, help } = allSettings[key];
    if (flag === 'none' || (wanted !== 'all' && !wanted.includes(key))) return [];
    const option = new Option(`--${flag}`, help);
    return kind.text === 'list' ? [option.argParser(append)] : [option];
  });
  return [
    new Option('--config <file>', 'configuration file (default: ./tidegate.yaml, else that of the machine)'),
    ...flags,
  ];
}

/** A list may be given at once, with commas, or by repeating the flag. */
function append(value: string, before: unknown): string {
  return typeof before === 'string' ? `${before},${value}` : value;
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
