/**
 * `node build/test/bench/inspection.js [--quick]`
 *
 * What a look inside costs: the same recorded handshakes through the same tidegate, once under a rule that relays anything
 * and once under one that looks; then the same with bytes behind the handshake, to show what the relay costs afterwards. Rounds are interleaved; CPU is that of tidegate's process alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listening, play, recordSsh, recordTentacle, type Handshake, type Turn } from './handshakes.js';
import { cpuSeconds } from './processes.js';
import { median } from './report.js';
import { freePort, run, type Contestant } from './start.js';

const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL('../../../bin/tidegate', import.meta.url));
const WIDTH = 16;
const BLOCK = 256 * 1024;
/** Behind a handshake: so many tunnels, with so many bytes each, towards the destination. */
const LONG = { tunnels: 8, bytes: 1024 * BLOCK };
const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 9;
const TUNNELS = quick ? 1000 : 4000;

/** What is played, under a rule that looks and under one that does not. */
interface Play {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly rule: string;
  readonly looked: number;
  readonly relayed: number;
}

/** What the load process is told. */
interface Load {
  readonly port: number;
  readonly target: number;
  readonly count: number;
  readonly turns: readonly Turn[];
  /** Bytes to send in each tunnel behind the handshake. */
  readonly bytes: number;
}

/** The load, as a process of its own: `count` tunnels to `target`, the client's side of the handshake played in each. */
async function load({ port: proxy, target, count, turns, bytes }: Load): Promise<void> {
  let left = count;
  const block = Buffer.alloc(BLOCK, 'b');
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect({ port: proxy, host: '127.0.0.1', noDelay: true });
      socket.on('error', () => undefined);
      socket.write(`CONNECT 127.0.0.1:${target} HTTP/1.1\r\nHost: 127.0.0.1:${target}\r\n\r\n`);
      const [head] = (await once(socket, 'data')) as [Buffer];
      if (!head.toString('latin1').startsWith('HTTP/1.1 200 ')) throw new Error(head.toString('latin1'));
      await play(socket, turns, 'client');
      for (let sent = 0; sent < bytes; sent += BLOCK) if (!socket.write(block)) await once(socket, 'drain');
      const closed = once(socket, 'close');
      socket.end();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** The origins, as a process of its own: the server's side of each handshake on ports of its own. Prints the ports. */
async function origins(scripts: readonly (readonly Turn[])[]): Promise<void> {
  const ports: number[] = [];
  for (const turns of scripts) {
    const serve = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => {
      socket.on('error', () => undefined);
      play(socket, turns, 'server').catch(() => undefined);
      // What comes behind the handshake is taken and dropped.
      socket.resume();
    });
    ports.push(await listening(serve));
  }
  process.stdout.write(`${JSON.stringify(ports)}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
}

async function startTidegate(folder: string, plays: readonly Play[]): Promise<Contestant> {
  const rules = plays.flatMap(({ name, rule, looked, relayed }) => [
    `  - { id: ${name}, to: [127.0.0.0/8], ports: [${looked}], ${rule} }`,
    `  - { id: ${name}-any, to: [127.0.0.0/8], ports: [${relayed}], protocol: any }`,
  ]);
  await mkdir(join(folder, 'policies'), { recursive: true });
  await writeFile(join(folder, 'policies', 'bench.yaml'), `policy: bench\nallow:\n${rules.join('\n')}\n`);
  const port = await freePort();
  const state = join(folder, 'state');
  const config = { listen: [`127.0.0.1:${port}`], policies: join(folder, 'policies'), state };
  await writeFile(join(folder, 'tidegate.yaml'), JSON.stringify(config));
  const args = [PROGRAM, 'run', '--config', join(folder, 'tidegate.yaml')];
  const started = await run({ name: 'tidegate', port, folder, log: state, command: process.execPath, args });
  if ('absent' in started) throw new Error(started.absent);
  return started;
}

/** CPU seconds of tidegate for so many tunnels. */
async function costOf({ pid, port }: Contestant, job: Omit<Load, 'port'>): Promise<number> {
  const before = cpuSeconds(pid);
  const child = spawn(process.execPath, [SELF, 'load', JSON.stringify({ port, ...job })], {
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the load failed');
  // Closing what the clients closed belongs to the tunnels.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return cpuSeconds(pid) - before;
}

async function bench(): Promise<void> {
  const [tentacle, ssh] = [await recordTentacle(), await recordSsh()];
  const hello: Handshake = { turns: tentacle.turns.slice(0, 1), pins: '' };
  const kinds = [
    { name: 'tls', handshake: hello, rule: 'protocol: tls' },
    { name: 'tentacle', handshake: tentacle, rule: `protocol: tentacle, ${tentacle.pins}` },
    { name: 'ssh', handshake: ssh, rule: `protocol: ssh, ${ssh.pins}` },
  ];
  const scripts = kinds.flatMap(({ handshake }) => [handshake.turns, handshake.turns]);
  const child = spawn(process.execPath, [SELF, 'origins', JSON.stringify(scripts)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ports = JSON.parse(line.toString()) as number[];
  const plays = kinds.map(({ name, handshake, rule }, index): Play => ({
    ...{ name, rule, turns: handshake.turns },
    ...{ looked: ports[2 * index] ?? 0, relayed: ports[2 * index + 1] ?? 0 },
  }));
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  const tidegate = await startTidegate(folder, plays);
  try {
    process.stdout.write(`a look inside, ${TUNNELS} tunnels a round, ${ROUNDS} interleaved rounds\n`);
    process.stdout.write(`${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}\n`);
    for (const one of plays)
      await compare(tidegate, one, { tunnels: TUNNELS, bytes: 0 }, ['CPU µs/tunnel', 1e6 / TUNNELS]);
    process.stdout.write(
      `relay behind the handshake, ${LONG.tunnels} tunnels of ${LONG.bytes / 2 ** 20} MiB a round\n`,
    );
    const each = 1e9 / (LONG.tunnels * LONG.bytes);
    for (const one of plays) await compare(tidegate, one, LONG, ['CPU s/GB', each]);
  } finally {
    await tidegate.stop();
    child.stdin.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  tidegate: Contestant,
  { name, turns, looked, relayed }: Play,
  { tunnels, bytes }: { readonly tunnels: number; readonly bytes: number },
  [unit, scale]: readonly [string, number],
): Promise<void> {
  const costs = { looked: [] as number[], relayed: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? (['looked', 'relayed'] as const) : (['relayed', 'looked'] as const);
    for (const way of order) {
      const target = way === 'looked' ? looked : relayed;
      const cost = await costOf(tidegate, { target, count: tunnels, turns, bytes });
      if (round >= 0) costs[way].push(cost * scale);
    }
  }
  const tell = (list: readonly number[]): string =>
    `${median(list).toPrecision(3)} (${Math.min(...list).toPrecision(3)}–${Math.max(...list).toPrecision(3)})`;
  const ratio = median(costs.looked) / median(costs.relayed);
  const text = `relayed ${tell(costs.relayed)}, looked at ${tell(costs.looked)} ${unit}, ratio ${ratio.toFixed(3)}`;
  process.stdout.write(`${name.padEnd(9)} ${text}\n`);
}

const [, , role, told = ''] = process.argv;
if (role === 'load') {
  await load(JSON.parse(told) as Load);
  process.exit(0);
} else if (role === 'origins') await origins(JSON.parse(told) as Turn[][]);
else await bench();
