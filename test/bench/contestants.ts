/**
 * The proxies that are measured side by side. Each runs in a folder of its own on a free loopback port, lets 127.0.0.0/8
 * out and nothing else by an access list, and writes a record of every attempt to a file.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTidegateForBench } from './tidegate.js';

/** One running proxy. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Starts one contestant in `folder`, or says why it cannot take part. */
export type Starter = (folder: string) => Promise<Contestant | { readonly absent: string }>;

/** Every contestant there can be, by name. */
export const STARTERS = {
  tidegate: startTidegateForBench,
  squid: startSquid,
  tinyproxy: startTinyproxy,
  'proxy-chain': startProxyChain,
} as const satisfies Record<string, Starter>;

/** A contestant's name. */
export type ContestantName = keyof typeof STARTERS;

async function startSquid(folder: string): Promise<Contestant | { readonly absent: string }> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777); // squid gives up root for a user of its own
  const lines = [
    `http_port 127.0.0.1:${port}`,
    'acl clients src 127.0.0.0/8',
    'acl destinations dst 127.0.0.0/8',
    'http_access allow clients destinations',
    'http_access deny all',
    `access_log daemon:${folder}/access.log squid`,
    `cache_log ${folder}/cache.log`,
    `pid_filename ${folder}/squid.pid`,
    `coredump_dir ${folder}`,
    'cache deny all',
    'cache_mem 8 MB',
    'workers 1',
    'pinger_enable off',
    'max_filedescriptors 16384',
    'shutdown_lifetime 1 seconds',
    'visible_hostname bench.invalid',
  ];
  await writeFile(join(folder, 'squid.conf'), `${lines.join('\n')}\n`);
  return run('squid', 'squid', ['-N', '-f', join(folder, 'squid.conf')], folder, port);
}

async function startTinyproxy(folder: string): Promise<Contestant | { readonly absent: string }> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  // Its access list is of host name patterns; with FilterDefaultDeny what the file lists is what may go out.
  await writeFile(join(folder, 'filter'), '^127\\.0\\.0\\.1$\n');
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 600',
    'MaxClients 10000',
    `LogFile "${folder}/access.log"`,
    'LogLevel Connect',
    'Allow 127.0.0.1',
    `Filter "${folder}/filter"`,
    'FilterExtended On',
    'FilterDefaultDeny Yes',
  ];
  await writeFile(join(folder, 'tinyproxy.conf'), `${lines.join('\n')}\n`);
  return run('tinyproxy', 'tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')], folder, port);
}

async function startProxyChain(folder: string): Promise<Contestant | { readonly absent: string }> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const script = fileURLToPath(new URL('proxy-chain.js', import.meta.url));
  return run('proxy-chain', process.execPath, [script, String(port), join(folder, 'access.log')], folder, port);
}

/** Starts a program and waits until it listens; one that ends before that is absent, with its own words as the reason. */
export async function run(
  name: string,
  command: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<Contestant | { readonly absent: string }> {
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
  return { name, port, pid: child.pid, stop: () => stop(child) };
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

/** How many lines the contestant's access log holds, to show that it kept one. */
export async function logLines(folder: string): Promise<number> {
  const text = await readFile(join(folder, 'access.log'), 'latin1').catch(() => '');
  return text.split('\n').length - 1;
}
