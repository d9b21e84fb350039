/**
 * `node build/test/bench/judge.js [--quick]`
 *
 * Loads 10,000 rules with 100,000 ranges as the proxy does (the repository, from files) while it watches how long the event
 * loop is held up, then judges attempts by them: all three questions, each attempt a new one of thousands.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseAddress, parseAuthority, type IpAddress } from '../../lib/address/index.js';
import type { Attempt, Observation } from '../../lib/attempt/index.js';
import { admit, clear, permit, type PolicySet } from '../../lib/policy/index.js';
import { folderSource, openRepository } from '../../lib/repository/index.js';
import { median } from './report.js';

const FILES = 100;
const RULES_A_FILE = 100;
const RANGES_A_RULE = 10;
/** So many different attempts of each kind: as many as there are rules of its kind. */
const ATTEMPTS = (FILES * RULES_A_FILE) / 4;
const NOW = new Date('2026-06-15T12:00:00Z');

/** The `n`th block of 16 IPv4 addresses from 11.0.0.0 on. */
function block(n: number): string {
  const first = 11 * 2 ** 24 + n * 16;
  return [24, 16, 8, 0].map((bits) => (first >>> bits) & 255).join('.');
}

/** The ranges of rule `n`; every fourth rule has IPv6. */
function rangesOf(n: number): readonly string[] {
  return Array.from({ length: RANGES_A_RULE }, (_, index) =>
    n % 4 === 3 ? `2600:${n.toString(16)}:${index.toString(16)}::/48` : `${block(n * RANGES_A_RULE + index)}/28`,
  );
}

/** Rule `n` as YAML: by turns exact names, a wildcard, IPv4 ranges, IPv6 ranges. */
function rule(n: number): string {
  const ranges = `[${rangesOf(n)
    .map((range) => JSON.stringify(range))
    .join(', ')}]`;
  if (n % 4 === 0)
    return `  - { id: r${n}, to: [a${n}.host.example, b${n}.host.example], resolves-to: ${ranges}, protocol: tls }`;
  if (n % 4 === 1) return `  - { id: r${n}, to: ["*.w${n}.corp.example"], resolves-to: ${ranges}, protocol: tls }`;
  return `  - { id: r${n}, to: ${ranges}, protocol: tls }`;
}

/** One policy file: for everybody, for networks, or for users. */
function policyFile(file: number): string {
  const clients = [
    '',
    'clients: { networks: [198.51.100.0/24, 10.0.0.0/8] }\n',
    'clients: { users: [spaces-1.production] }\n',
  ];
  const rules = Array.from({ length: RULES_A_FILE }, (_, index) => rule(file * RULES_A_FILE + index));
  const deny = `deny:\n  - { id: metadata, to: [169.254.169.254, bad${file}.example], reason: not for anybody }\n`;
  return `policy: p${file}\n${clients[file % 3] ?? ''}allow:\n${rules.join('\n')}\n${deny}`;
}

interface Loaded {
  readonly set: PolicySet;
  readonly seconds: number;
  readonly stallMs: number;
}

/** Loads the folder while a timer of one millisecond watches the event loop; tells its longest delay. */
async function load(folder: string): Promise<Loaded> {
  const watch = monitorEventLoopDelay({ resolution: 1 });
  await pause(50);
  watch.enable();
  await pause(50);
  watch.reset();
  const started = performance.now();
  const repository = await openRepository({ source: folderSource(folder), now: () => NOW });
  const seconds = (performance.now() - started) / 1000;
  await pause(5);
  watch.disable();
  if (repository.kind === 'not_loaded') throw new Error(repository.problems.map(({ message }) => message).join('; '));
  await repository.close();
  return { set: repository.current(), seconds, stallMs: watch.max / 1e6 };
}

/** The longest delay of a loop that has nothing to do, for as long as a load takes: what the machine itself adds. */
async function idle(seconds: number): Promise<number> {
  const watch = monitorEventLoopDelay({ resolution: 1 });
  watch.enable();
  await pause(seconds * 1000);
  watch.disable();
  return watch.max / 1e6;
}

function address(text: string): IpAddress {
  const parsed = parseAddress(text);
  if (parsed.kind !== 'parsed') throw new Error(text);
  return parsed.value;
}

interface Asked {
  readonly attempt: Attempt;
  readonly answers: readonly IpAddress[];
  /** The client's hello, as inspection hands it over: the name it asks for is the host, where that is a name. */
  readonly seen: Observation;
}

function ask(authority: string, answer: string): Asked {
  const parsed = parseAuthority(authority);
  if (parsed.kind !== 'parsed') throw new Error(authority);
  const client: Attempt['client'] = {
    ip: address('198.51.100.7'),
    port: parsed.value.port,
    identity: { kind: 'basic', user: 'spaces-1.production' },
  };
  const attempt: Attempt = {
    id: authority,
    receivedAt: NOW,
    client,
    destination: parsed.value,
    intent: { kind: 'tunnel' },
  };
  const { host } = attempt.destination;
  const seen: Observation = {
    protocol: 'tls',
    serverName: host.kind === 'name' ? host.name : 'none',
    alpn: [],
    offered: ['TLSv1.3'],
    encryptedHello: false,
    version: 'not_reached',
    server: { kind: 'not_reached' },
    client: { kind: 'not_reached' },
  };
  return { attempt, answers: [address(answer)], seen };
}

/** Kinds of attempts, by the number of the rule they are about. */
const KINDS: Readonly<Record<string, (n: number) => Asked>> = {
  'allowed: exact name': (n) => ask(`a${n * 4}.host.example:443`, block(n * 4 * RANGES_A_RULE + 3)),
  'allowed: under a wildcard': (n) => ask(`x.y.w${n * 4 + 1}.corp.example:443`, block((n * 4 + 1) * RANGES_A_RULE + 3)),
  'allowed: IPv4 literal': (n) => ask(`${block((n * 4 + 2) * RANGES_A_RULE + 3)}:443`, '192.0.2.1'),
  'allowed: IPv6 literal': (n) => ask(`[2600:${(n * 4 + 3).toString(16)}:3::1]:443`, '192.0.2.1'),
  'denied: unknown name': (n) => ask(`secret${n}.attacker.example:443`, '192.0.2.1'),
  'denied: port': (n) => ask(`a${n * 4}.host.example:25`, '192.0.2.1'),
  'denied: deny entry': (n) => ask(`bad${n % FILES}.example:443`, '192.0.2.1'),
  'denied: address': (n) => ask(`a${n * 4}.host.example:443`, '10.9.9.9'),
};

const machine = { isListener: () => false, hasAddress: () => false };

function judge(set: PolicySet, { attempt, answers, seen }: Asked): 'allowed' | 'denied' {
  const admission = admit(set, attempt, NOW);
  if (admission.kind === 'denied') return 'denied';
  const permitted = permit(admission, answers, machine);
  if (permitted.kind === 'denied') return 'denied';
  return clear(permitted, permitted.addresses[0], seen, NOW).kind === 'denied' ? 'denied' : 'allowed';
}

/** CPU microseconds an attempt, over all of them once. Each is about another rule, so that little is at hand from before. */
function round(set: PolicySet, verdict: string, asked: readonly Asked[]): number {
  const before = process.cpuUsage();
  for (const one of asked) if (judge(set, one) !== verdict) throw new Error(`${one.attempt.id}: not ${verdict}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / asked.length;
}

/** Runs the bench and prints its figures. */
export async function run(quick: boolean): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const rounds = quick ? 7 : 25;
  say(`$ node build/test/bench/judge.js${quick ? ' --quick' : ''}`);
  say(
    `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, ${rounds} rounds of ${ATTEMPTS} attempts`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-judge-'));
  try {
    for (let file = 0; file < FILES; file++) await writeFile(join(folder, `p${file}.yaml`), policyFile(file));
    const loads: Loaded[] = [];
    for (let time = 0; time < (quick ? 1 : 3); time++) loads.push(await load(folder));
    const still = await idle(median(loads.map(({ seconds }) => seconds)));
    const { set } = loads.at(-1) ?? (await load(folder));
    say(`loading ${set.ruleCount} rules with ${set.ruleCount * RANGES_A_RULE} ranges from ${FILES} files`);
    say(`  ${spread(loads.map(({ seconds }) => seconds))} s each, beside the event loop`);
    say(
      `  ${spread(loads.map(({ stallMs }) => stallMs))} ms longest delay of the event loop (an idle one: ${still.toFixed(1)} ms)`,
    );
    say('judging, CPU µs an attempt (admit, permit and clear)');
    for (const [kind, make] of Object.entries(KINDS)) {
      const verdict = kind.split(':')[0] ?? kind;
      const asked = Array.from({ length: ATTEMPTS }, (_, index) => make((index * 7919) % ATTEMPTS));
      for (let warm = 0; warm < 40; warm++) round(set, verdict, asked);
      say(`  ${kind.padEnd(26)} ${spread(Array.from({ length: rounds }, () => round(set, verdict, asked)))}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The median, and from where to where the values go. */
function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(process.argv.includes('--quick'));
