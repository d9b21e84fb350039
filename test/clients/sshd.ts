import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Folder } from '../fixtures/folder.js';
import { startOrigin } from '../fixtures/origin.js';
import { run } from '../fixtures/program.js';
import { until } from '../fixtures/waiting.js';

/** A real sshd on a high port of 127.0.0.1, with keys of its own, that lets this user in with one key. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** What it wrote to its log so far, all of it. */
  readonly said: () => string;
  /** The private key that this user is let in with. */
  readonly keyFile: string;
  /** Options for ssh and scp that use nothing of this machine's own configuration. */
  readonly options: readonly string[];
  readonly stop: () => Promise<void>;
}

/** What an sshd is to be beside the ordinary: its host keys (files of the folder), and more lines of configuration. */
export interface SshdOptions {
  readonly hostKeys?: readonly string[];
  readonly config?: readonly string[];
}

/** Makes a key, and its file's name in the folder. `kind` is what ssh-keygen takes: `rsa`, `ecdsa -b 384`. */
export async function makeHostKey(folder: Folder, kind: string): Promise<string> {
  const name = `host_${kind.replaceAll(/\W+/g, '_')}`;
  const [type = '', ...bits] = kind.split(' ');
  await makeKey(join(folder.path, name), type, bits);
  return name;
}

/** Starts sshd in `folder`. */
export async function startSshd(folder: Folder, program: string, options: SshdOptions = {}): Promise<Sshd> {
  const port = await freePort();
  const hostKeys = options.hostKeys ?? [await makeHostKey(folder, 'ed25519')];
  await makeKey(join(folder.path, 'user_key'), 'ed25519');
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const config = await folder.write(
    'sshd_config',
    [
      `ListenAddress 127.0.0.1:${port}`,
      ...hostKeys.map((name) => `HostKey ${folder.path}/${name}`),
      `AuthorizedKeysFile ${folder.path}/user_key.pub`,
      `PidFile ${folder.path}/sshd.pid`,
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'Subsystem sftp internal-sftp',
      ...(options.config ?? []),
      '',
    ].join('\n'),
  );
  const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await until(
    () => answers(port),
    () => `sshd does not listen; said ${said}`,
  );
  return {
    port,
    user: userInfo().username,
    said: () => said,
    keyFile: join(folder.path, 'user_key'),
    options: [
      ...['-F', 'none', '-i', join(folder.path, 'user_key'), '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
      ...[
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        `UserKnownHostsFile=${folder.path}/known_hosts`,
        '-o',
        'LogLevel=ERROR',
      ],
    ],
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Makes a key pair, `file` and `file.pub`, as ssh-keygen's `-t` and `-b` say. */
export async function makeKey(file: string, type: string, bits: readonly string[] = []): Promise<void> {
  const ran = await run('ssh-keygen', ['-q', '-t', type, ...bits, '-N', '', '-f', file]);
  if (ran.code !== 0) throw new Error(ran.stderr);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function freePort(): Promise<number> {
  const nobody = await startOrigin(() => undefined);
  await nobody.close();
  return nobody.port;
}
