/**
 * The proxies that are measured side by side. Each runs in a folder of its own on a free loopback port, lets 127.0.0.0/8
 * out and nothing else by an access list, and writes a record of every attempt to a file.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, run, type Started, type Starter } from './start.js';
import { tidegateForBench } from './tidegate.js';

/** Every contestant there can be, by name. */
export const STARTERS = {
  tidegate: tidegateForBench(),
  squid: startSquid,
  tinyproxy: startTinyproxy,
  'proxy-chain': startProxyChain,
} as const satisfies Record<string, Starter>;

async function startSquid(folder: string): Promise<Started> {
  const port = await freePort();
  const own = { name: 'squid', folder, port, log: join(folder, 'access.log') };
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
  return run({ ...own, command: 'squid', args: ['-N', '-f', join(folder, 'squid.conf')] });
}

async function startTinyproxy(folder: string): Promise<Started> {
  const port = await freePort();
  const own = { name: 'tinyproxy', folder, port, log: join(folder, 'access.log') };
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
  return run({ ...own, command: 'tinyproxy', args: ['-d', '-c', join(folder, 'tinyproxy.conf')] });
}

async function startProxyChain(folder: string): Promise<Started> {
  const port = await freePort();
  const own = { name: 'proxy-chain', folder, port, log: join(folder, 'access.log') };
  await mkdir(folder, { recursive: true });
  const script = fileURLToPath(new URL('proxy-chain.js', import.meta.url));
  return run({ ...own, command: process.execPath, args: [script, String(port), own.log] });
}
