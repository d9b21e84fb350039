import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fail, type Input, type OptionText } from './command.js';

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
export async function readPassword(input: Input, ...prompts: readonly string[]): Promise<string> {
  if (input.has('password-stdin')) {
    const [line = ''] = (await text(process.stdin)).split(/\r?\n/);
    return line;
  }
  if (!process.stdin.isTTY) {
    fail('usage', 'cannot prompt for a password: standard input is not a terminal', 'use --password-stdin');
  }
  const answers = await prompt(prompts);
  const [password = ''] = answers;
  if (answers.some((answer) => answer !== password)) fail('usage', 'the two passwords differ');
  return password;
}

/** Reads the user of the proxy from {@link PROXY_USER}. A password is never an argument, which others could see. */
export async function readProxyUser(input: Input): Promise<ProxyUser> {
  const user = input.text('user');
  const variable = input.text('password-variable');
  if (user === 'none') {
    if (variable !== 'none' || input.has('password-stdin')) fail('usage', 'a password requires --user NAME');
    return { kind: 'none' };
  }
  const password = variable === 'none' ? await readPassword(input, `Password of ${user}: `) : process.env[variable];
  if (password === undefined) fail('usage', `environment variable "${variable}" is not set`);
  return { kind: 'user', user, password };
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
