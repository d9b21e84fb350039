import { listUsers } from '../../../users/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('users');
const LOOPBACK = /^(127\.|::1$)/;

/** Reads the users file as a start would, its permissions included, and asks the running instance what it made of it. */
export async function checkUsers({ config, status }: Installation): Promise<readonly Finding[]> {
  const { listen, 'users.file': file } = config;
  const open = listen.filter(({ host }) => !LOOPBACK.test(host));
  if (file === 'none') {
    if (open.length === 0) return [ok('no users file: clients are known by address alone')];
    const remedy = 'require users, or have policies that match networks, and let a firewall say who reaches the port';
    return [warning('others than this machine can connect, and there are no users', remedy)];
  }
  const required = config['users.required'] === true ? 'required' : 'not required';
  const told = status.kind === 'status' ? (status.status.users?.problems ?? []) : [];
  return [
    ...(await readFindings(file, required)),
    ...told.map((each) => problem(`the running tidegate has an older list in force: ${each}`, 'mend the users file')),
  ];
}

async function readFindings(path: string, required: string): Promise<readonly Finding[]> {
  const read = await listUsers(path);
  if ('kind' in read) {
    const remedy = `mend that; tidegate user list --users ${path} shows whether it is right then`;
    return read.problems.map((each) => problem(each, remedy));
  }
  if (read.length > 0) return [ok(`${path}: ${read.length} users, ${required}`)];
  return [warning(`${path} holds no user, and they are ${required}`, 'tidegate user add NAME makes one')];
}
