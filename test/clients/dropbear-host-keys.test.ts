import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { freePort } from '../fixtures/free-port.js';
import { run, type Ran } from '../fixtures/program.js';
import { until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { checkOf, closeOf, startSshRig } from '../proxy/inspect/ssh-peers.js';
import type { Rig } from '../proxy/rig.js';
import { startSshd } from './sshd.js';

let folder: Folder;
let keys = 0;
test.before(async () => {
  folder = await makeFolder();
});
test.after.always(() => folder.remove());

const OTHER = 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M';

/** Makes a key of Dropbear's; says its line for authorized_keys and its fingerprint. */
async function dropbearKey(name: string, type: string): Promise<{ file: string; line: string; pin: string }> {
  const file = join(folder.path, name);
  const made = await run('dropbearkey', ['-t', type, '-f', file]);
  const line = made.stdout.split('\n').find((text) => /^(ssh|ecdsa)-\S+ AAAA/.test(text)) ?? '';
  const [, blob = ''] = line.split(' ');
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return { file, line, pin: `SHA256:${digest.slice(0, 43)}` };
}

/** Starts Dropbear with such a host key. */
async function startDropbear(t: ExecutionContext, type: string): Promise<{ port: number; pin: string }> {
  const { file, pin } = await dropbearKey(`dropbear_${keys++}`, type);
  const port = await freePort();
  const pidFile = `${file}.pid`;
  const child = spawn('dropbear', ['-F', '-E', '-s', '-r', file, '-p', `127.0.0.1:${port}`, '-P', pidFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  t.teardown(() => child.kill());
  await until(
    async () => (await readFile(pidFile, 'utf8').catch(() => '')) !== '',
    () => `dropbear does not start; said ${said}`,
  );
  return { port, pin };
}

/** Dropbear's client through a proxy. */
function dbclient(rig: Rig, port: number, ...words: readonly string[]): Promise<Ran> {
  const through = ['-J', `nc -X connect -x 127.0.0.1:${rig.port} linux.test ${port}`];
  return run('dbclient', ['-y', '-y', ...through, ...words], { environment: { HOME: folder.path } });
}

const withDropbear = testWith('dropbear', 'dropbearkey', 'dbclient', 'nc');
const withBoth = testWith('dropbearkey', 'dbclient', 'nc', 'sshd', 'ssh-keygen');

withBoth(
  'dbclient sends its first packet on a guess, which is wrong for OpenSSH, and the pinned key is seen',
  async (t) => {
    const sshd = await startSshd(folder, '/usr/sbin/sshd', {
      config: ['KexAlgorithms ecdh-sha2-nistp521,curve25519-sha256'],
    });
    t.teardown(sshd.stop);
    const { file, line } = await dropbearKey('user', 'ed25519');
    await appendFile(join(folder.path, 'user_key.pub'), `${line}\n`);
    const pin =
      (await run('ssh-keygen', ['-l', '-f', join(folder.path, 'host_ed25519.pub')])).stdout.split(' ')[1] ?? '';
    const rig = await startSshRig(t, sshd.port, { pins: [pin] });
    const ran = await dbclient(rig, sshd.port, '-i', file, `${sshd.user}@linux.test`, 'seq 1 20000');
    t.is(ran.stdout, Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join(''), ran.stderr);
    const close = await closeOf(rig);
    t.like(close, { cleared_by: 'linux/linux', host_key_type: 'ssh-ed25519' });
    t.regex(String(close['software_version']), /^dropbear/);
    t.like(checkOf(close), { seen: pin, outcome: 'verified' });
  },
);

for (const type of ['ed25519', 'ecdsa', 'rsa']) {
  withDropbear(`Dropbear at both ends: a pinned ${type} key passes, and the log-in is asked for`, async (t) => {
    const { port, pin } = await startDropbear(t, type);
    const rig = await startSshRig(t, port, { pins: [pin] });
    const ran = await dbclient(rig, port, 'nobody@linux.test', 'true');
    t.regex(
      ran.stderr,
      /No auth methods could be used|Permission denied|nobody@linux\.test's password|no interactive/i,
    );
    const close = await closeOf(rig);
    t.like(close, { cleared_by: 'linux/linux' });
    t.like(checkOf(close), { seen: pin, outcome: 'verified' });
  });

  withDropbear(`Dropbear at both ends: another ${type} key than the pinned one ends before the log-in`, async (t) => {
    const { port, pin } = await startDropbear(t, type);
    const rig = await startSshRig(t, port, { pins: [OTHER] });
    const ran = await dbclient(rig, port, 'nobody@linux.test', 'true');
    // It does not show what a disconnect says, and ends with 0 at any.
    t.regex(ran.stderr, /Disconnect received/);
    t.notRegex(ran.stderr, /auth/);
    const close = await closeOf(rig);
    t.like(close, { ended_by: 'host_key_mismatch' });
    t.like(checkOf(close), { expected: [OTHER], seen: pin, outcome: 'mismatch' });
  });
}
