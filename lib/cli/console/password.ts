import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { failure, type Failure, type Input, type OptionText } from './command.js';

/** A password that was given. */
interface Password {
  readonly kind: 'password';
  readonly password: string;
}

/** A user of the proxy with the password, or that none was named. */
export type ProxyUser =
  { readonly kind: 'user'; readonly user: string; readonly password: string } | { readonly kind: 'none' };

/** The option that reads a password from standard input. */
export const PASSWORD_STDIN: OptionText = [
  '--password-stdin',
  'read the password from the first line of standard input',
];

/** The options that name a user of the proxy. */
export const PROXY_USER: readonly OptionText[] = [
  ['--user <name>', 'proxy user (default: none)'],
  ['--password-variable <name>', 'environment variable that holds the password (default: prompt)'],
  PASSWORD_STDIN,
];

/** Reads a password: from standard input, or by a prompt that is repeated for each of `prompts`. */
export async function readPassword(input: Input, ...prompts: readonly string[]): Promise<Password | Failure> {
  if (input.has('password-stdin')) {
    const [line = ''] = (await text(process.stdin)).split(/\r?\n/);
    return { kind: 'password', password: line };
  }
  if (!process.stdin.isTTY) {
    return failure('usage', 'cannot prompt for a password: standard input is not a terminal', 'use --password-stdin');
  }
  const answers = await prompt(prompts);
  const [password = ''] = answers;
  if (answers.every((answer) => answer === password)) return { kind: 'password', password };
  return failure('usage', 'the two passwords differ');
}

/** Reads the user of the proxy from {@link PROXY_USER}. A password is never an argument, which others could see. */
export async function readProxyUser(input: Input): Promise<ProxyUser | Failure> {
  const user = input.text('user');
  const variable = input.text('password-variable');
  if (user === 'none') {
    if (variable === 'none' && !input.has('password-stdin')) return { kind: 'none' };
    return failure('usage', 'a password requires --user NAME');
  }
  if (variable !== 'none') {
    const password = process.env[variable];
    if (password !== undefined) return { kind: 'user', user, password };
    return failure('usage', `environment variable "${variable}" is not set`);
  }
  const given = await readPassword(input, `Password of ${user}: `);
  return given.kind === 'failure' ? given : { kind: 'user', user, password: given.password };
}

async function prompt(prompts: readonly string[]): Promise<readonly string[]> {
  // readline echoes to its output; this one discards everything.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  reader.once('SIGINT', () => process.exit(128 + constants.signals.SIGINT));
  const lines = reader[Symbol.asyncIterator]();
  const answers: string[] = [];
  for (const each of prompts) {
    process.stderr.write(each);
    const line = await lines.next();
    process.stderr.write('\n');
    answers.push(line.done === true ? '' : line.value);
  }
  reader.close();
  return answers;
}
