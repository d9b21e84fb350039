/** Starts a proxy as a process, and ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

/** One running proxy. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** The file, or the folder of files, in which it records what it did. */
  readonly log: string;
  readonly stop: () => Promise<void>;
}

/** A contestant that runs, or why it cannot take part. */
export type Started = Contestant | { readonly absent: string };

/** Starts one contestant in `folder`. */
export type Starter = (folder: string) => Promise<Started>;

/** How a contestant is started as a program. */
export interface Program extends Pick<Contestant, 'name' | 'port' | 'log'> {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
}

/** Starts a program and waits until it listens; one that ends before that is absent, with its own words as the reason. */
export async function run({ name, port, log, command, args, folder }: Program): Promise<Started> {
  await mkdir(folder, { recursive: true });
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2000)));
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(`ended with ${code ?? 'a signal'}: ${said.trim()}`));
  });
  const listening = await Promise.race([untilListening(port), gone]);
  if (listening !== 'listening' || child.pid === undefined) return { absent: listening };
  return { name, port, log, pid: child.pid, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(kill);
}

async function untilListening(port: number): Promise<'listening'> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return 'listening';
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port that was free a moment ago, for programs that cannot take one themselves. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
