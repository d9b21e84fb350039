import { join } from 'node:path';
import test from 'ava';
import type { HostKey } from '../../lib/attempt/index.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { startRecordingRelay, type RecordingRelay } from '../fixtures/recording-relay.js';
import { testWith } from '../programs.js';
import { follow, type Followed } from '../protocol/ssh/follow.js';
import { startSshd, type Sshd } from './sshd.js';

/** Host keys: their file → what ssh-keygen makes them of. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['-t', 'ed25519'],
  rsa: ['-t', 'rsa', '-b', '2048'],
  nistp256: ['-t', 'ecdsa', '-b', '256'],
  nistp384: ['-t', 'ecdsa', '-b', '384'],
  nistp521: ['-t', 'ecdsa', '-b', '521'],
};

/** Algorithms of host keys → the file of the key that is shown. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'ed25519',
  'rsa-sha2-512': 'rsa',
  'rsa-sha2-256': 'rsa',
  'ssh-rsa': 'rsa',
  'ecdsa-sha2-nistp256': 'nistp256',
  'ecdsa-sha2-nistp384': 'nistp384',
  'ecdsa-sha2-nistp521': 'nistp521',
};

const METHODS: readonly string[] = [
  ...['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  ...['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
  ...['diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256'],
  ...['diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'],
  ...['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group-exchange-sha256'],
  ...['sntrup761x25519-sha512@openssh.com', 'sntrup761x25519-sha512'],
  'mlkem768x25519-sha256',
];

interface World {
  readonly sshd: Sshd;
  readonly relay: RecordingRelay;
  readonly methods: readonly string[];
}

let folder: Folder;
let world: World | undefined;
let connections = 0;

/** Starts what the tests need, once; only tests whose programs are here ask for it. */
async function start(): Promise<World> {
  const lines: string[] = [];
  for (const [name, how] of Object.entries(KEYS)) {
    await keygen('-q', ...how, '-N', '', '-C', '', '-f', file(name));
    lines.push(`HostKey ${file(name)}`);
  }
  const methods = (await run('ssh', ['-Q', 'kex'])).stdout.trim().split('\n');
  lines.push(`KexAlgorithms ${methods.join(',')}`, 'HostKeyAlgorithms +ssh-rsa', 'CASignatureAlgorithms +ssh-rsa');
  for (const authority of Object.keys(AUTHORITIES)) await certify(authority);
  lines.push(...Object.keys(KEYS).map((name) => `HostCertificate ${file(name)}-cert.pub`));
  const sshd = await startSshd(folder, '/usr/sbin/sshd', { hostKeys: [], config: lines });
  return { sshd, relay: await startRecordingRelay(sshd.port), methods };
}

/** Authorities, by what signs: their own options for ssh-keygen, and those for signing. */
const AUTHORITIES: Readonly<Record<string, { make: readonly string[]; sign: readonly string[]; signs: string }>> = {
  ca_ed25519: { make: ['-t', 'ed25519'], sign: [], signs: 'ed25519' },
  ca_rsa512: { make: ['-t', 'rsa', '-b', '2048'], sign: ['-t', 'rsa-sha2-512'], signs: 'rsa' },
  ca_rsa256: { make: ['-t', 'rsa', '-b', '3072'], sign: ['-t', 'rsa-sha2-256'], signs: 'nistp256' },
  ca_nistp384: { make: ['-t', 'ecdsa', '-b', '384'], sign: [], signs: 'nistp384' },
  ca_nistp521: { make: ['-t', 'ecdsa', '-b', '521'], sign: [], signs: 'nistp521' },
};

async function certify(authority: string): Promise<void> {
  const { make, sign, signs } = AUTHORITIES[authority] ?? { make: [], sign: [], signs: '' };
  await keygen('-q', ...make, '-N', '', '-C', '', '-f', file(authority));
  const names = ['-n', 'linux.test,other.test', '-V', '20260101000000Z:20360101000000Z'];
  await keygen('-q', '-s', file(authority), ...sign, '-h', '-I', 'a host', ...names, `${file(signs)}.pub`);
}

function file(name: string): string {
  return join(folder.path, name);
}

async function keygen(...words: readonly string[]): Promise<string> {
  const ran = await run('ssh-keygen', words);
  if (ran.code !== 0) throw new Error(`ssh-keygen ${words.join(' ')}: ${ran.stderr}`);
  return ran.stdout;
}

/** The fingerprints that ssh-keygen shows. */
async function fingerprints(name: string): Promise<Pick<HostKey, 'sha256' | 'md5'>> {
  const [sha256 = '', md5 = ''] = await Promise.all(
    ['sha256', 'md5'].map(async (hash) => (await keygen('-l', '-E', hash, '-f', `${file(name)}.pub`)).split(' ')[1]),
  );
  return { sha256, md5 };
}

/** Lets OpenSSH connect with these options, and reads what passed. */
async function connectWith(...options: readonly string[]): Promise<Followed> {
  const { sshd, relay } = await (async () => (world ??= await start()))();
  const ran = await run('ssh', [
    ...sshd.options,
    ...options.flatMap((option) => ['-o', option]),
    ...['-p', String(relay.port), `${sshd.user}@127.0.0.1`, 'echo in'],
  ]);
  const recording = await relay.recording(connections++);
  if (ran.stdout !== 'in\n') throw new Error(`ssh ends with ${ran.code}: ${ran.stderr}`);
  return follow(recording.client(), recording.server());
}

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  await world?.relay.close();
  await world?.sshd.stop();
  await folder.remove();
});

const withOpenSsh = testWith('ssh', 'ssh-keygen', 'sshd');

for (const [algorithm, name] of Object.entries(ALGORITHMS)) {
  withOpenSsh(`OpenSSH: the host key of ${algorithm} has the fingerprints that ssh-keygen shows`, async (t) => {
    const { hostKey, negotiated } = await connectWith(`HostKeyAlgorithms=${algorithm}`);
    const type = algorithm.startsWith('rsa') ? 'ssh-rsa' : algorithm;
    t.deepEqual(hostKey, { type, ...(await fingerprints(name)), certificate: 'none' });
    t.is(negotiated.hostKeyAlgorithm, algorithm);
  });
}

for (const [authority, { signs }] of Object.entries(AUTHORITIES)) {
  withOpenSsh(`OpenSSH: a certificate by ${authority} holds, and shows its key's own fingerprints`, async (t) => {
    const type = Object.keys(ALGORITHMS).find((algorithm) => ALGORITHMS[algorithm] === signs) ?? '';
    const { hostKey } = await connectWith(`HostKeyAlgorithms=${type}-cert-v01@openssh.com`);
    t.like(hostKey, { ...(await fingerprints(signs)) });
    if (hostKey.certificate === 'none') throw new Error('no certificate');
    const { holds, principals, notBefore, notAfter, authority: by } = hostKey.certificate;
    t.deepEqual({ sha256: by.sha256, md5: by.md5 }, await fingerprints(authority));
    t.deepEqual(principals, ['linux.test', 'other.test']);
    t.deepEqual([notBefore, notAfter], [Date.UTC(2026, 0), Date.UTC(2036, 0)]);
    t.true(holds);
  });
}

for (const method of METHODS) {
  withOpenSsh(`OpenSSH: the host key is seen in ${method}`, async (t) => {
    world ??= await start();
    if (!world.methods.includes(method)) {
      t.pass(`${method} is not in this OpenSSH`);
      return;
    }
    const { hostKey, negotiated } = await connectWith(`KexAlgorithms=${method}`, 'HostKeyAlgorithms=ssh-ed25519');
    t.like(hostKey, await fingerprints('ed25519'));
    t.is(negotiated.keyExchange, method);
    t.is(negotiated.reply, method.includes('exchange') ? 33 : 31);
  });
}
