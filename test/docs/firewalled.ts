/**
 * Tries a set of firewall rules in networks made for it, and prints what was seen, as JSON. Runs inside a network namespace
 * of its own (the world: an origin and tidegate), and makes two more: the machine that the rules are for, and a container
 * on it. Nothing outside can be reached, or touched.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { startTidegate } from '../fixtures/tidegate.js';
import { run } from '../fixtures/program.js';
import { until } from '../fixtures/waiting.js';

/** Where things are in these networks. */
const ORIGIN = '203.0.113.9';
const PROXY = '198.51.100.1';
const METADATA = '169.254.169.254';
/** Two that are nobody. */
const [ACCOUNT, OTHER] = ['2001', '2002'];

/** What is asked, of whom. */
export interface Question {
  readonly from: 'machine' | 'container';
  readonly as: 'account' | 'other' | 'root';
  readonly to: 'origin' | 'origin-through-tidegate' | 'metadata';
}

/** What was seen: the status that curl got, or its complaint; and the counter when all was asked. */
export interface Seen {
  readonly answers: readonly string[];
  readonly packets: number;
  /** The rules as the machine has them, for whoever wonders about the answers. */
  readonly inForce: string;
}

const [rules = '', counter = '', questions = '[]'] = process.argv.slice(2);

function ip(...words: readonly string[]): void {
  execFileSync('ip', words);
}

/** A network namespace, kept by a process that does nothing else. */
async function namespace(): Promise<{ pid: string; child: ChildProcess }> {
  const child = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  const pid = String(child.pid);
  const own = readlinkSync('/proc/self/ns/net');
  await until(
    () => readlinkSync(`/proc/${pid}/ns/net`) !== own,
    () => 'no network namespace',
  );
  return { pid, child };
}

function within(pid: string, ...command: readonly string[]): string[] {
  return ['nsenter', '--net', '--target', pid, ...command];
}

function runWithin(pid: string, ...command: readonly string[]): string {
  const [program = '', ...words] = within(pid, ...command);
  return execFileSync(program, words, { encoding: 'utf8' });
}

/** A cable between two namespaces, an address at each end. */
function connect(
  [first, firstName, firstAddress]: readonly [string, string, string],
  [second, secondName, secondAddress]: readonly [string, string, string],
): void {
  ip('link', 'add', 'name', 'end0', 'type', 'veth', 'peer', 'name', 'end1');
  for (const [end, pid, name, address] of [
    ['end0', first, firstName, firstAddress],
    ['end1', second, secondName, secondAddress],
  ] as const) {
    ip('link', 'set', end, 'netns', pid, 'name', name);
    runWithin(pid, 'ip', 'addr', 'add', address, 'dev', name);
    runWithin(pid, 'ip', 'link', 'set', name, 'up');
  }
}

async function answer(pid: string, { as, to }: Question): Promise<string> {
  const who = as === 'root' ? [] : ['setpriv', '--clear-groups', '--reuid', as === 'account' ? ACCOUNT : OTHER];
  const proxy = to === 'origin-through-tidegate' ? ['--proxy', `http://${PROXY}:3128`] : ['--noproxy', '*'];
  const curl = ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '15', ...proxy];
  const [program = '', ...words] = within(pid, ...who, ...curl, `http://${to === 'metadata' ? METADATA : ORIGIN}/`);
  const { code, stdout } = await run(program, words);
  return code === 0 ? stdout : `curl ${code}`;
}

const machine = await namespace();
const container = await namespace();
const world = String(process.pid);
const origin = createServer((_, response) => response.end('here')).listen(80, '0.0.0.0');
try {
  ip('link', 'set', 'lo', 'up');
  connect([world, 'up0', `${PROXY}/24`], [machine.pid, 'eth0', '198.51.100.7/24']);
  connect([machine.pid, 'docker0', '172.17.0.1/24'], [container.pid, 'eth0', '172.17.0.2/24']);
  for (const address of [ORIGIN, METADATA]) ip('addr', 'add', `${address}/32`, 'dev', 'up0');
  ip('route', 'add', '172.17.0.0/24', 'via', '198.51.100.7');
  for (const { pid } of [machine, container]) runWithin(pid, 'ip', 'link', 'set', 'lo', 'up');
  runWithin(machine.pid, 'ip', 'route', 'add', 'default', 'via', PROXY);
  runWithin(machine.pid, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  runWithin(container.pid, 'ip', 'route', 'add', 'default', 'via', '172.17.0.1');
  // Twice, since an admin loads them again after a change.
  for (let loads = 0; loads < 2; loads++) runWithin(machine.pid, 'nft', '-f', rules);
  const inForce = runWithin(machine.pid, 'nft', 'list', 'ruleset');

  const tidegate = await startTidegate({
    policies: {
      'origin.yaml': `{ policy: origin, allow: [{ id: origin, to: [${ORIGIN}], protocol: http }] }`,
    },
    config: { listen: [`${PROXY}:3128`] },
  });
  const answers: string[] = [];
  try {
    for (const question of JSON.parse(questions) as readonly Question[]) {
      answers.push(await answer(question.from === 'machine' ? machine.pid : container.pid, question));
    }
  } finally {
    await tidegate.discard();
  }
  const counted = runWithin(machine.pid, 'nft', '-j', 'list', 'counter', ...counter.split(' '));
  const packets = Number(/"packets": (\d+)/.exec(counted)?.[1]);
  process.stdout.write(JSON.stringify({ answers, packets, inForce } satisfies Seen));
} finally {
  origin.close();
  for (const { child } of [machine, container]) child.kill('SIGKILL');
}
