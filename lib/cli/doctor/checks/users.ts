import { summariseProblem } from '../../../text/index.js';
import { listUsers } from '../../../users/index.js';
import { counted } from '../../../system/values/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('users');
const LOOPBACK = /^(127\.|::1$)/;

/** Checks the users file as a start would, with its permissions, and its state in the running instance. */
export async function checkUsers({ config, status }: Installation): Promise<readonly Finding[]> {
  const { listen, 'users.file': file } = config;
  const open = listen.filter(({ host }) => !LOOPBACK.test(host));
  if (file === 'none') {
    if (open.length === 0) return [ok('no users file: clients are known by address alone')];
    const remedy = 'make a users file, or match networks in policies and restrict the port by a firewall';
    return [warning('other machines can connect, and there are no users', remedy)];
  }
  const challenge = `challenge ${config['users.challenge']}`;
  const problems = status.kind === 'status' ? (status.status.users?.problems ?? []) : [];
  const older = 'the running instance has an older users file in force';
  const inForce = problems.map((each) => problem(`${older}: ${each}`, 'fix the users file', 'would_fail'));
  return [...(await readFindings(file, challenge)), ...inForce];
}

async function readFindings(path: string, challenge: string): Promise<readonly Finding[]> {
  const read = await listUsers(path);
  if ('kind' in read) {
    const remedy = `fix this; tidegate user list --users ${path} checks the file`;
    return read.problems.map((each) =>
      problem(summariseProblem(each), each.hint === 'none' ? remedy : each.hint, 'would_fail'),
    );
  }
  if (read.length > 0) return [ok(`${path}: ${counted(read.length, 'user')}, ${challenge}`)];
  return [warning(`${path} has no users (${challenge})`, 'add one with tidegate user add NAME')];
}
