import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run, type Ran } from '../fixtures/program.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { checkOf, closeOf, startSshRig, type Terms } from '../proxy/inspect/ssh-peers.js';
import type { Rig } from '../proxy/rig.js';
import { makeHostKey, startSshd, type Sshd } from './sshd.js';

/** Kinds of host keys, as ssh-keygen makes them → the algorithms that show them. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['ssh-ed25519'],
  'ecdsa -b 256': ['ecdsa-sha2-nistp256'],
  'ecdsa -b 384': ['ecdsa-sha2-nistp384'],
  'ecdsa -b 521': ['ecdsa-sha2-nistp521'],
  'rsa -b 2048': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

const METHODS: readonly string[] = [
  ...['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  ...['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
  ...['diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256'],
  ...['diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'],
  ...['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group-exchange-sha256'],
  ...['sntrup761x25519-sha512@openssh.com', 'sntrup761x25519-sha512', 'mlkem768x25519-sha256'],
];

/** A server with a key of each kind, and what ssh-keygen shows of them. */
interface World {
  readonly sshd: Sshd;
  readonly methods: readonly string[];
  readonly sha256: Readonly<Record<string, string>>;
  readonly md5: Readonly<Record<string, string>>;
}

let folder: Folder;
let world: Promise<World> | undefined;

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  await (await world)?.sshd.stop();
  await folder.remove();
});

async function start(): Promise<World> {
  const files: Record<string, string> = {};
  for (const kind of Object.keys(KINDS)) files[kind] = await makeHostKey(folder, kind);
  const methods = (await run('ssh', ['-Q', 'kex'])).stdout.trim().split('\n');
  const sshd = await startSshd(folder, '/usr/sbin/sshd', {
    hostKeys: Object.values(files),
    config: ['LogLevel DEBUG1', `KexAlgorithms ${methods.join(',')}`, 'HostKeyAlgorithms +ssh-rsa'],
  });
  const shown = async (hash: string) => {
    const lines = Object.entries(files).map(async ([kind, file]) => {
      const ran = await run('ssh-keygen', ['-l', '-E', hash, '-f', join(folder.path, `${file}.pub`)]);
      return [kind, ran.stdout.split(' ')[1] ?? ''] as const;
    });
    return Object.fromEntries(await Promise.all(lines));
  };
  return { sshd, methods, sha256: await shown('sha256'), md5: await shown('md5') };
}

function theWorld(): Promise<World> {
  return (world ??= start());
}

/** A proxy before the server, whose rule says this. */
async function proxied(t: ExecutionContext, terms: Terms): Promise<Rig> {
  return startSshRig(t, (await theWorld()).sshd.port, terms);
}

/** The words that lead OpenSSH through a proxy. */
function through(sshd: Sshd, rig: Rig, options: readonly string[]): string[] {
  const more = [`ProxyCommand=nc -X connect -x 127.0.0.1:${rig.port} %h %p`, ...options];
  return [...more.flatMap((option) => ['-o', option]), ...sshd.options];
}

async function ssh(rig: Rig, command: string, ...options: readonly string[]): Promise<Ran> {
  const { sshd } = await theWorld();
  return run('ssh', [...through(sshd, rig, options), '-p', String(sshd.port), `${sshd.user}@linux.test`, command]);
}

const withOpenSsh = testWith('ssh', 'sshd', 'ssh-keygen', 'scp', 'nc');

for (const [kind, algorithms] of Object.entries(KINDS)) {
  for (const algorithm of algorithms) {
    withOpenSsh(`OpenSSH: a pinned host key shown by ${algorithm} passes, and a command runs`, async (t) => {
      const { sha256 } = await theWorld();
      const rig = await proxied(t, { pins: [sha256[kind] ?? ''] });
      const ran = await ssh(rig, 'seq 1 100000', `HostKeyAlgorithms=${algorithm}`);
      t.is(ran.code, 0, ran.stderr);
      t.is(ran.stdout, Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join(''));
      const close = await closeOf(rig);
      t.like(close, { seen: 'ssh', server_shown: 'claimed', cleared_by: 'linux/linux', would_deny: 'none' });
      t.is(close['host_key_type'], algorithm.startsWith('rsa') ? 'ssh-rsa' : algorithm);
      t.regex(String(close['software_version']), /^OpenSSH_/);
      t.regex(String(close['server_software_version']), /^OpenSSH_/);
      t.like(checkOf(close), { expected: [sha256[kind]], seen: sha256[kind], outcome: 'verified' });
    });
  }

  withOpenSsh(
    `OpenSSH: a host key of ${kind} that no pin lists ends before any log-in, and ssh says why`,
    async (t) => {
      const { sshd, sha256 } = await theWorld();
      const pins = Object.values(sha256).filter((pin) => pin !== sha256[kind]);
      const rig = await proxied(t, { pins });
      const before = sshd.said().length;
      const ran = await ssh(rig, 'true', `HostKeyAlgorithms=${KINDS[kind]?.join(',')}`);
      t.is(ran.code, 255);
      const close = await closeOf(rig);
      const sentence = 'Egress denied: the SSH host key is not one the rule lists [rule linux/linux]';
      t.true(ran.stderr.includes(`:9: ${sentence} (attempt ${String(close['attempt'])})`), ran.stderr);
      t.like(close, { ended_by: 'host_key_mismatch', status: 200, cleared_by: null });
      t.like(checkOf(close), { expected: pins, seen: sha256[kind], outcome: 'mismatch' });
      await until(
        () => /Connection (closed|reset) by 127\.0\.0\.1 .*\[preauth\]/.test(sshd.said().slice(before)),
        () => `sshd did not see the end: ${sshd.said().slice(before)}`,
      );
      const said = sshd.said().slice(before);
      t.regex(said, /SSH2_MSG_KEXINIT received/);
      t.notRegex(said, /SSH2_MSG_NEWKEYS received|userauth-request|Accepted/);
    },
  );
}

for (const method of METHODS) {
  withOpenSsh(`OpenSSH: the pinned host key is seen in ${method}, and the session runs`, async (t) => {
    const { methods, md5, sha256 } = await theWorld();
    if (!methods.includes(method)) {
      t.pass(`${method} is not in this OpenSSH`);
      return;
    }
    const rig = await proxied(t, { pins: [md5['ed25519'] ?? ''] });
    const ran = await ssh(rig, 'echo in', `KexAlgorithms=${method}`, 'HostKeyAlgorithms=ssh-ed25519');
    t.is(ran.stdout, 'in\n', ran.stderr);
    const close = await closeOf(rig);
    t.like(close, { key_exchange: method, cleared_by: 'linux/linux' });
    t.like(checkOf(close), { expected: [md5['ed25519']], seen: sha256['ed25519'], outcome: 'verified' });
  });
}

withOpenSsh('OpenSSH: a file of 20 MB is copied over a pinned connection and back, byte for byte', async (t) => {
  const { sshd, sha256 } = await theWorld();
  const rig = await proxied(t, {
    pins: ['SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M', ...Object.values(sha256)],
  });
  const content = randomBytes(20_000_000);
  const [there, back] = [join(folder.path, 'there'), join(folder.path, 'back')];
  const scp = (from: string, to: string) =>
    run('scp', [...through(sshd, rig, []), '-q', '-P', String(sshd.port), from, to]);
  const up = await scp(await folder.write('original', content), `${sshd.user}@linux.test:${there}`);
  t.is(up.code, 0, up.stderr);
  const down = await scp(`${sshd.user}@linux.test:${there}`, back);
  t.is(down.code, 0, down.stderr);
  t.true((await readFile(back)).equals(content));
  t.true(Number((await closeOf(rig, 0))['bytes_out']) > 20_000_000);
  t.true(Number((await closeOf(rig, 1))['bytes_in']) > 20_000_000);
});

withOpenSsh(
  'OpenSSH: two ends without a host key algorithm in common part as they would without a proxy',
  async (t) => {
    const { sha256 } = await theWorld();
    const rig = await proxied(t, { pins: Object.values(sha256) });
    const ran = await ssh(rig, 'true', 'HostKeyAlgorithms=ssh-dss', 'LogLevel=INFO');
    t.is(ran.code, 255);
    t.regex(ran.stderr, /no matching host key type found/);
    const close = await closeOf(rig);
    t.regex(String(close['ended_by']), /^(client|destination)$/);
    t.like(close, { cleared_by: null, judged_by: null, server_shown: 'not_reached', key_exchange: null });
    t.regex(String(close['server_software_version']), /^OpenSSH_/);
  },
);

withOpenSsh('OpenSSH reads what an sshd with too many connections says, and that it was not the policy', async (t) => {
  const own = await makeFolder();
  t.teardown(own.remove);
  const sshd = await startSshd(own, '/usr/sbin/sshd', { config: ['MaxStartups 1:100:1', 'LogLevel DEBUG1'] });
  t.teardown(sshd.stop);
  const rig = await startSshRig(t, sshd.port);
  const words = [...through(sshd, rig, ['LogLevel=DEBUG1']), '-p', String(sshd.port), `${sshd.user}@linux.test`];
  const holder = await tunnelTo(rig.port, `linux.test:${sshd.port}`);
  await holder.send('SSH-2.0-holder\r\n');
  await holder.readUntil('\n');
  const ran = await run('ssh', [...words, 'true']);
  t.is(ran.code, 255);
  t.true(ran.stderr.includes('Exceeded MaxStartups'), ran.stderr);
  t.regex(ran.stderr, /:1: Egress failed: the connection was closed before an answer \(attempt /);
  t.like(await closeOf(rig), { ended_by: 'destination', cleared_by: null });
  holder.close();
});
