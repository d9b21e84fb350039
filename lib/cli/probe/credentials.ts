import type { Command } from 'commander';
import {
  askForPassword,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  passwordFromInput,
  textOption,
} from '../console/index.js';
import type { Credentials } from './tunnel.js';

/** The user to ask as, with a password from a variable, from standard input, or asked for. Tells what is wrong with them. */
export async function credentialsFor(command: Command): Promise<Credentials | 'none' | ExitCode> {
  const user = textOption(command, 'user');
  const variable = textOption(command, 'password-variable');
  const fromInput = isGiven(command, 'password-stdin');
  if (user === 'none') {
    if (variable === 'none' && !fromInput) return 'none';
    return complain(exitCodes.usage, 'a password is of a user: name one with --user NAME');
  }
  if (variable !== 'none') {
    const password = process.env[variable];
    if (password !== undefined) return { user, password };
    return complain(exitCodes.usage, `there is no environment variable ${variable}`);
  }
  const given = await (fromInput ? passwordFromInput() : askForPassword(`Password of ${user}: `));
  if (given.kind === 'password') return { user, password: given.password };
  return complain(exitCodes.usage, given.detail, 'or take it from a variable with --password-variable NAME');
}
