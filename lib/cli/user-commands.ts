import type { Command } from 'commander';
import {
  addUser,
  checkPassword,
  checkUserName,
  hashPassword,
  listUsers,
  openUsers,
  removeUser,
  type UsersProblem,
} from '../users/index.js';
import {
  isGiven,
  settle,
  withSettings,
  exitCodes,
  askForPassword,
  passwordFromInput,
  complain,
  say,
  sayJson,
  type Adding,
  type ExitCode,
  type Given,
} from './console/index.js';

/** Adds `user add`, `user remove`, `user list` and `user check`. */
export function addUserCommands(program: Command, add: Adding): void {
  const group = program.command('user').description('who may use the proxy: the users file');
  const fromInput = '--password-stdin';
  const fromInputText = 'read the password from standard input (its first line)';
  const adds = add(
    group,
    {
      usage: 'add <name>',
      summary: 'add a user, or give one a new password; a running tidegate takes it over within seconds',
      examples: [
        'tidegate user add spaces-1.production --users /etc/tidegate/users',
        'openssl rand -hex 24 | tee /dev/stderr | tidegate user add web.node1 --password-stdin',
      ],
    },
    addOne,
  );
  const removes = add(
    group,
    { usage: 'remove <name>', summary: 'remove a user', examples: ['tidegate user remove web.node1'] },
    removeOne,
  );
  const lists = add(group, { usage: 'list', summary: 'list the users', examples: ['tidegate user list'] }, listAll);
  const checks = add(
    group,
    {
      usage: 'check <name>',
      summary: "check a user's password: exit code 0 if it is right, 1 if not",
      examples: ['tidegate user check web.node1'],
    },
    checkOne,
  );
  for (const command of [adds, removes, lists, checks]) withSettings(command, 'users.file');
  for (const command of [adds, checks]) command.option(fromInput, fromInputText);
  lists.option('--json', 'as a JSON list');
}

async function addOne(command: Command): Promise<ExitCode> {
  const [name = ''] = command.args;
  const path = await usersPath(command);
  if (typeof path === 'number') return path;
  const usable = checkUserName(name);
  if (usable.kind === 'unusable') return complain(exitCodes.usage, usable.detail);
  const given = await passwordFor(command, 'Password: ', 'Again: ');
  if (given.kind === 'no_password') return complain(exitCodes.usage, given.detail);
  const fit = checkPassword(given.password);
  if (fit.kind === 'unusable') return complain(exitCodes.usage, fit.detail);
  if (fit.kind === 'unwise') complain(exitCodes.ok, `warning: ${fit.detail}`);
  const changed = await addUser(path.file, name, await hashPassword(given.password));
  if (changed.kind === 'users_problem') return refused(changed, exitCodes.cannotWrite);
  say(changed.outcome === 'added' ? `added ${name} to ${path.file}` : `${name} has a new password in ${path.file}`);
  return exitCodes.ok;
}

async function removeOne(command: Command): Promise<ExitCode> {
  const [name = ''] = command.args;
  const path = await usersPath(command);
  if (typeof path === 'number') return path;
  const changed = await removeUser(path.file, name);
  if (changed.kind === 'users_problem') return refused(changed, exitCodes.found);
  say(`removed ${name} from ${path.file}`);
  return exitCodes.ok;
}

async function listAll(command: Command): Promise<ExitCode> {
  const path = await usersPath(command);
  if (typeof path === 'number') return path;
  const names = await listUsers(path.file);
  if ('kind' in names) return refused(names, exitCodes.unreadable);
  if (isGiven(command, 'json')) sayJson(names);
  else for (const name of names) say(name);
  return exitCodes.ok;
}

async function checkOne(command: Command): Promise<ExitCode> {
  const [name = ''] = command.args;
  const path = await usersPath(command);
  if (typeof path === 'number') return path;
  const silent = { onReload: () => undefined, onProblem: () => undefined, now: () => performance.now() };
  const users = await openUsers(path.file, silent);
  if (users.kind === 'users_problem') return refused(users, exitCodes.unreadable);
  users.close();
  const given = await passwordFor(command, 'Password: ');
  if (given.kind === 'no_password') return complain(exitCodes.usage, given.detail);
  if ((await users.verify(name, given.password, 'here')) === 'verified') {
    say(`the password of ${name} is right`);
    return exitCodes.ok;
  }
  return complain(exitCodes.found, `there is no user ${name} with that password in ${path.file}`);
}

/** The users file that the command is about: that of the configuration, which `--users` is part of. */
async function usersPath(command: Command): Promise<{ readonly file: string } | ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const { 'users.file': file } = settled.config;
  if (file !== 'none') return { file };
  return complain(
    exitCodes.usage,
    'no users file is known',
    'name it with --users FILE, or as users.file in tidegate.yaml',
  );
}

function passwordFor(command: Command, ...questions: readonly string[]): Promise<Given> {
  return isGiven(command, 'password-stdin') ? passwordFromInput() : askForPassword(...questions);
}

function refused({ problems: [first, ...more] }: UsersProblem, code: ExitCode): ExitCode {
  return complain(code, first, ...more);
}
