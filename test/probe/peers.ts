import { spawn } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { orHung } from '../fixtures/waiting.js';

/** A connected socket as the proxy opens them: half-open ends allowed, and an error never unheard. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  socket.on('error', () => undefined);
  await orHung(new Promise((resolve) => socket.once('connect', resolve)), () => `port ${port} takes no connection`);
  return socket;
}

/** Waits until a socket is closed on our side. */
export function closed(socket: Socket): Promise<unknown> {
  if (socket.closed) return Promise.resolve();
  return orHung(new Promise((resolve) => socket.once('close', resolve)), () => 'the socket stays open');
}

/**
 * Self-signed RSA-2048 with SHA-256, as a new Tentacle makes its own: two of them differ in no length, since their serial
 * numbers begin with a byte that DER neither drops nor pads (one in 256 that OpenSSL picks is a byte shorter).
 */
export async function tentacleCertificate(folder: Folder, name: string): Promise<X509Certificate> {
  const files = ['-keyout', join(folder.path, `${name}.key`), '-out', join(folder.path, `${name}.pem`)];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-sha256', '-nodes', '-days', '36500'],
    ...['-subj', '/CN=Octopus Tentacle', '-set_serial', `0x40${randomBytes(15).toString('hex')}`, ...files],
  ]);
  return new X509Certificate(await readFile(join(folder.path, `${name}.pem`)));
}

/** OpenSSL's server with a certificate of {@link tentacleCertificate}. */
export async function startOpenssl(
  folder: Folder,
  name: string,
  ...args: readonly string[]
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const files = ['-key', join(folder.path, `${name}.key`), '-cert', join(folder.path, `${name}.pem`)];
  const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, ...args]);
  let said = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await orHung(
    new Promise<number>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (bytes: Buffer) => {
          said += bytes.toString();
          const [, number] = /^ACCEPT 127\.0\.0\.1:(\d+)$/m.exec(said) ?? [];
          if (number !== undefined) resolve(Number(number));
        });
      }
    }),
    () => `openssl s_server does not listen; said ${said}`,
  );
  return {
    port,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Somebody in the middle, who hands what the server sends through `change`; `cut` ends the connection there. */
export async function startMeddler(
  port: number,
  change: (all: Buffer) => Buffer | 'cut',
): Promise<{ readonly port: number; readonly stop: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let all = Buffer.alloc(0);
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, upstream].forEach((end) => end.destroy()));
    }
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      const changed = change(all);
      if (changed === 'cut') {
        client.end();
        return;
      }
      client.write(changed.subarray(passed));
      passed = changed.length;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
