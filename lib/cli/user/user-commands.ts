import { formatProblem } from '../../text/index.js';
import {
  addUser,
  checkPassword,
  checkUserName,
  hashPassword,
  listUsers,
  openUsers,
  removeUser,
  type UsersProblem,
} from '../../users/index.js';
import {
  type CommandGroup,
  complain,
  type ExitName,
  failure,
  type Failure,
  type Input,
  type Result,
  PASSWORD_STDIN,
  print,
  printJson,
  readPassword,
  settle,
  done,
} from '../console/index.js';

/** `user add`, `user remove`, `user list` and `user check`. */
export const userCommands: CommandGroup = {
  name: 'user',
  summary: 'manage the users file: who may use the proxy',
  commands: [
    {
      usage: 'add <name>',
      summary: 'add a user, or change the password of one; a running instance reloads within seconds',
      examples: [
        'tidegate user add spaces-1.production --users /etc/tidegate/users',
        'openssl rand -hex 24 | tee /dev/stderr | tidegate user add web.node1 --password-stdin',
      ],
      settings: ['users.file'],
      options: [PASSWORD_STDIN],
      action: add,
    },
    {
      usage: 'remove <name>',
      summary: 'remove a user',
      examples: ['tidegate user remove web.node1'],
      settings: ['users.file'],
      action: remove,
    },
    {
      usage: 'list',
      summary: 'list the users',
      examples: ['tidegate user list'],
      settings: ['users.file'],
      options: [['--json', 'print a JSON array']],
      action: list,
    },
    {
      usage: 'check <name>',
      summary: "check a user's password: exit code 0 if it is correct, 1 if not",
      examples: ['tidegate user check web.node1'],
      settings: ['users.file'],
      options: [PASSWORD_STDIN],
      action: check,
    },
  ],
};

async function add(input: Input): Promise<Result> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  if (file.kind === 'failure') return file;
  const usable = checkUserName(name);
  if (usable.kind === 'unusable') return failure('usage', usable.detail);
  const given = await readPassword(input, 'Password: ', 'Again: ');
  if (given.kind === 'failure') return given;
  const fit = checkPassword(given.password);
  if (fit.kind === 'unusable') return failure('usage', fit.detail);
  if (fit.kind === 'unwise') complain(`warning: ${fit.detail}`);
  const changed = await addUser(file.path, name, await hashPassword(given.password));
  if (changed.kind === 'users_problem') return failureOf(changed, 'cannotWrite');
  print(
    changed.outcome === 'added' ? `added ${name} to ${file.path}` : `changed the password of ${name} in ${file.path}`,
  );
  return done();
}

async function remove(input: Input): Promise<Result> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  if (file.kind === 'failure') return file;
  const changed = await removeUser(file.path, name);
  if (changed.kind === 'users_problem') return failureOf(changed, 'found');
  print(`removed ${name} from ${file.path}`);
  return done();
}

async function list(input: Input): Promise<Result> {
  const file = await usersFile(input);
  if (file.kind === 'failure') return file;
  const names = await listUsers(file.path);
  if ('kind' in names) return failureOf(names, 'unreadable');
  if (input.has('json')) printJson(names);
  else for (const name of names) print(name);
  return done();
}

async function check(input: Input): Promise<Result> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  if (file.kind === 'failure') return file;
  const silent = { onReload: () => undefined, onProblem: () => undefined, now: () => performance.now() };
  const users = await openUsers(file.path, silent);
  if (users.kind === 'users_problem') return failureOf(users, 'unreadable');
  users.close();
  const given = await readPassword(input, 'Password: ');
  if (given.kind === 'failure') return given;
  if ((await users.verify(name, given.password, 'here')) !== 'verified') {
    return failure('found', `no user "${name}" with this password in ${file.path}`);
  }
  print(`the password of ${name} is correct`);
  return done();
}

/** The users file that the command is about: that of the configuration, which `--users` is part of. */
async function usersFile(input: Input): Promise<{ readonly kind: 'file'; readonly path: string } | Failure> {
  const settled = await settle(input);
  if (settled.kind === 'failure') return settled;
  const { 'users.file': path } = settled.config;
  if (path !== 'none') return { kind: 'file', path };
  return failure(
    'usage',
    'no users file is configured',
    'name it with --users FILE, or as users.file in tidegate.yaml',
  );
}

function failureOf({ problems: [first, ...more] }: UsersProblem, exit: ExitName): Failure {
  return failure(exit, formatProblem(first), ...more.map(formatProblem));
}
