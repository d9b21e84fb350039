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
  fail,
  type Input,
  PASSWORD_STDIN,
  print,
  printJson,
  readPassword,
  settle,
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

async function add(input: Input): Promise<ExitName> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  const usable = checkUserName(name);
  if (usable.kind === 'unusable') fail('usage', usable.detail);
  const password = await readPassword(input, 'Password: ', 'Again: ');
  const fit = checkPassword(password);
  if (fit.kind === 'unusable') fail('usage', fit.detail);
  if (fit.kind === 'unwise') complain(`warning: ${fit.detail}`);
  const changed = await addUser(file, name, await hashPassword(password));
  if (changed.kind === 'users_problem') failFor(changed, 'cannotWrite');
  print(changed.outcome === 'added' ? `added ${name} to ${file}` : `changed the password of ${name} in ${file}`);
  return 'ok';
}

async function remove(input: Input): Promise<ExitName> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  const changed = await removeUser(file, name);
  if (changed.kind === 'users_problem') failFor(changed, 'found');
  print(`removed ${name} from ${file}`);
  return 'ok';
}

async function list(input: Input): Promise<ExitName> {
  const names = await listUsers(await usersFile(input));
  if ('kind' in names) failFor(names, 'unreadable');
  if (input.has('json')) printJson(names);
  else for (const name of names) print(name);
  return 'ok';
}

async function check(input: Input): Promise<ExitName> {
  const [name = ''] = input.args;
  const file = await usersFile(input);
  const silent = { onReload: () => undefined, onProblem: () => undefined, now: () => performance.now() };
  const users = await openUsers(file, silent);
  if (users.kind === 'users_problem') failFor(users, 'unreadable');
  users.close();
  const password = await readPassword(input, 'Password: ');
  if ((await users.verify(name, password, 'here')) !== 'verified') {
    fail('found', `no user "${name}" with this password in ${file}`);
  }
  print(`the password of ${name} is correct`);
  return 'ok';
}

/** The users file that the command is about: that of the configuration, which `--users` is part of. */
async function usersFile(input: Input): Promise<string> {
  const { config } = await settle(input);
  if (config['users.file'] !== 'none') return config['users.file'];
  fail('usage', 'no users file is configured', 'name it with --users FILE, or as users.file in tidegate.yaml');
}

function failFor({ problems: [first, ...more] }: UsersProblem, exit: ExitName): never {
  fail(exit, formatProblem(first), ...more.map(formatProblem));
}
