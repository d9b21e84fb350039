import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import ssh2 from 'ssh2';
import { makeSshKey } from '../fixtures/ssh-key.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { freePort } from '../fixtures/free-port.js';
import { run } from '../fixtures/program.js';
import { startRecordingRelay, type RecordingRelay } from '../fixtures/recording-relay.js';
import { orHung, until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { follow } from '../protocol/ssh/follow.js';

let folder: Folder;
const closing: (() => unknown)[] = [];

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  for (const close of closing) await close();
  await folder.remove();
});

async function relayTo(port: number): Promise<RecordingRelay> {
  const relay = await startRecordingRelay(port);
  closing.push(relay.close);
  return relay;
}

const KEYS = [
  ['ed25519', {}],
  ['rsa', { bits: 2048 }],
  ['ecdsa', { bits: 256 }],
  ['ecdsa', { bits: 521 }],
] as const;
const METHODS: readonly ssh2.KexAlgorithm[] = [
  'curve25519-sha256',
  'ecdh-sha2-nistp384',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];

/** Starts an ssh2 server with a host key; says the port. */
async function startSsh2(hostKey: string): Promise<number> {
  const options = { hostKeys: [hostKey], greeting: 'Only for those who may.\r\nAll others leave.' };
  const server = new ssh2.Server(options, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => context.accept());
  });
  closing.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

/** Connects ssh2 and says the SHA-256 of the host key that it was shown. */
async function connectSsh2(port: number, kex: ssh2.KexAlgorithm): Promise<string> {
  const client = new ssh2.Client();
  let shown = '';
  const ready = new Promise<void>((resolve, reject) => client.once('ready', resolve).once('error', reject));
  client.connect({
    ...{ host: '127.0.0.1', port, username: 'octopus', password: 'any', algorithms: { kex: [kex] } },
    hostVerifier: (key: Buffer) => {
      shown = createHash('sha256').update(key).digest('base64').slice(0, 43);
      return true;
    },
  });
  await orHung(ready, () => `ssh2 over ${kex}`);
  client.end();
  return `SHA256:${shown}`;
}

for (const [type, options] of KEYS) {
  test.serial(
    `ssh2 at both ends: ${type} ${JSON.stringify(options)} is seen as ssh2 sees it, in all its methods`,
    async (t) => {
      const { private: hostKey } = makeSshKey(() => ssh2.utils.generateKeyPairSync(type, options));
      const relay = await relayTo(await startSsh2(hostKey));
      for (const [index, method] of METHODS.entries()) {
        const shown = await connectSsh2(relay.port, method);
        const recording = await relay.recording(index);
        const { hostKey: seen, server, negotiated } = follow(recording.client(), recording.server());
        t.is(seen.sha256, shown);
        t.regex(server.softwareVersion, /^ssh2js/);
        t.is(negotiated.keyExchange, method);
      }
    },
  );
}

/** Starts Dropbear with a host key in `folder`; says the port, and the key's fingerprint. */
async function startDropbear(): Promise<{ port: number; fingerprint: string }> {
  const key = join(folder.path, 'dropbear_key');
  const made = await run('dropbearkey', ['-t', 'ed25519', '-f', key]);
  const line = made.stdout.split('\n').find((text) => text.startsWith('ssh-ed25519 ')) ?? '';
  const [, blob = ''] = line.split(' ');
  const port = await freePort();
  const words = ['-F', '-E', '-r', key, '-p', `127.0.0.1:${port}`, '-P', join(folder.path, 'dropbear.pid')];
  const child = spawn('dropbear', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  closing.push(() => child.kill());
  await until(
    async () => (await readFile(join(folder.path, 'dropbear.pid'), 'utf8').catch(() => '')) !== '',
    () => `dropbear does not start; said ${said}`,
  );
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return { port, fingerprint: `SHA256:${digest.slice(0, 43)}` };
}

testWith(
  'dropbear',
  'dropbearkey',
  'dbclient',
)('Dropbear at both ends: the host key is seen behind a first packet on a guess', async (t) => {
  const { port, fingerprint } = await startDropbear();
  const relay = await relayTo(port);
  await run('dbclient', ['-y', '-y', '-p', String(relay.port), 'nobody@127.0.0.1', 'true'], {
    environment: { HOME: folder.path },
  });
  const recording = await relay.recording(0);
  const { hostKey } = follow(recording.client(), recording.server());
  t.is(hostKey.sha256, fingerprint);
});
