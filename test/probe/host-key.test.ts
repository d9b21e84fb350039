import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { probeHostKey } from '../../lib/probe/index.js';
import { makeHostKey, startSshd, type Sshd } from '../clients/sshd.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { silent, startOrigin, type Serve } from '../fixtures/origin.js';
import { run } from '../fixtures/program.js';
import { until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { closed, dial, startMeddler } from './peers.js';

const PATIENT = 15_000;

/** Probes a port, and sees to it that the socket is closed whatever came of it. */
async function probe(port: number, algorithms: readonly string[], budgetMs = PATIENT) {
  const socket = await dial(port);
  const shown = await probeHostKey(socket, { algorithms, budgetMs });
  await closed(socket);
  return shown;
}

const withSshd = testWith('sshd', 'ssh-keygen');
const PROGRAM = '/usr/sbin/sshd';

/** Host key algorithms, and the kind of key that ssh-keygen makes for them. */
const ALGORITHMS = {
  'ssh-ed25519': 'ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa -b 256',
  'ecdsa-sha2-nistp384': 'ecdsa -b 384',
  'ecdsa-sha2-nistp521': 'ecdsa -b 521',
  'rsa-sha2-512': 'rsa -b 3072',
  'rsa-sha2-256': 'rsa -b 3072',
} as const;

/** What OpenSSH offers for keys of these kinds, in the order of its keys. */
const OFFERED = [
  ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ...['rsa-sha2-512', 'rsa-sha2-256'],
];

let folder: Folder;
let everyKind: Promise<Sshd> | undefined;
const files = new Map<string, string>();

/** An sshd with a key of every kind, started once, that logs all it does. */
function sshd(): Promise<Sshd> {
  return (everyKind ??= (async () => {
    for (const kind of new Set(Object.values(ALGORITHMS))) files.set(kind, await makeHostKey(folder, kind));
    return startSshd(folder, PROGRAM, { hostKeys: [...files.values()], config: ['LogLevel DEBUG1'] });
  })());
}

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  await (await everyKind)?.stop();
  await folder.remove();
});

/** What ssh-keygen says of a key: `256 SHA256:… comment (ED25519)`. */
async function fingerprint(file: string, hash: 'sha256' | 'md5'): Promise<string> {
  const { stdout } = await run('ssh-keygen', ['-l', '-E', hash, '-f', join(folder.path, `${file}.pub`)]);
  return stdout.split(' ')[1] ?? 'none';
}

for (const [algorithm, kind] of Object.entries(ALGORITHMS)) {
  withSshd(`sshd's ${kind} key is shown for ${algorithm}, with the fingerprints that OpenSSH writes`, async (t) => {
    const { port } = await sshd();
    const file = files.get(kind) ?? 'none';
    const [type] = (await readFile(join(folder.path, `${file}.pub`), 'utf8')).split(' ');
    t.deepEqual(await probe(port, [algorithm]), {
      kind: 'host_key',
      identity: {
        type: type ?? 'none',
        sha256: await fingerprint(file, 'sha256'),
        md5: await fingerprint(file, 'md5'),
        certificate: 'none',
      },
      algorithm,
      offered: OFFERED,
    });
  });
}

withSshd("the wanted algorithm comes first, and a certificate's asks for the key that it certifies", async (t) => {
  const { port } = await sshd();
  t.like(await probe(port, ['ecdsa-sha2-nistp384', 'ssh-ed25519']), { algorithm: 'ecdsa-sha2-nistp384' });
  t.like(await probe(port, ['rsa-sha2-512-cert-v01@openssh.com']), { algorithm: 'rsa-sha2-512' });
  t.like(await probe(port, ['ssh-ed25519-cert-v01@openssh.com', 'rsa-sha2-512']), { algorithm: 'ssh-ed25519' });
});

withSshd('sshd sees a goodbye before any log-in, and no log-in that failed', async (t) => {
  const other = await makeFolder();
  const alone = await startSshd(other, PROGRAM, { config: ['LogLevel DEBUG3'] });
  t.teardown(async () => {
    await alone.stop();
    await other.remove();
  });
  t.is((await probe(alone.port, ['ssh-ed25519'])).kind, 'host_key');
  const ours = (): string => alone.said().split('tidegate_probe').at(-1) ?? '';
  await until(
    () => /Disconnected from|Connection closed|Connection reset/.test(ours()),
    () => alone.said(),
  );
  t.regex(ours(), /Received disconnect from 127\.0\.0\.1 port \d+:11:/);
  t.notRegex(ours(), /userauth|invalid user|failed|error:|fatal:/i);
});

withSshd('what a server has no key for is said', async (t) => {
  const other = await makeFolder();
  const hostKeys = [await makeHostKey(other, 'ed25519')];
  const alone = await startSshd(other, PROGRAM, { hostKeys });
  t.teardown(async () => {
    await alone.stop();
    await other.remove();
  });
  t.deepEqual(await probe(alone.port, ['rsa-sha2-512', 'rsa-sha2-256']), {
    kind: 'failed',
    why: 'not_offered',
    detail: 'the server has no host key of this type',
  });
});

for (const kex of ['diffie-hellman-group14-sha1', 'diffie-hellman-group16-sha512', 'ecdh-sha2-nistp521']) {
  withSshd(`a server that knows ${kex} only, and CBC only, is asked too`, async (t) => {
    const other = await makeFolder();
    const config = [`KexAlgorithms ${kex}`, 'Ciphers aes128-cbc', 'MACs hmac-sha1'];
    const old = await startSshd(other, PROGRAM, { config });
    t.teardown(async () => {
      await old.stop();
      await other.remove();
    });
    t.is((await probe(old.port, ['ssh-ed25519'])).kind, 'host_key');
  });
}

withSshd('a copied host key is not taken for its owner', async (t) => {
  const { port } = await sshd();
  const other = await makeFolder();
  t.teardown(other.remove);
  const [own, copied] = await Promise.all([
    blobOf(join(folder.path, 'host_ed25519.pub')),
    makeHostKey(other, 'ed25519').then((name) => blobOf(join(other.path, `${name}.pub`))),
  ]);
  const meddler = await startMeddler(port, (all) => {
    const at = all.indexOf(own);
    return at < 0 ? all : Buffer.concat([all.subarray(0, at), copied, all.subarray(at + own.length)]);
  });
  t.teardown(meddler.stop);
  t.like(await probe(meddler.port, ['ssh-ed25519']), { kind: 'failed', why: 'unproven' });
});

async function blobOf(file: string): Promise<Buffer> {
  const [, base64 = ''] = (await readFile(file, 'utf8')).split(' ');
  return Buffer.from(base64, 'base64');
}

/** Peers that show no host key, how long to wait for them, and what is said of it. */
const OTHERS: Readonly<Record<string, readonly [Serve, number, string, RegExp]>> = {
  'says nothing': [silent, 300, 'no_answer', /^no answer in 300 ms$/],
  'says who it is and no more': [({ socket }) => socket.write('SSH-2.0-Slow_1\r\n'), 300, 'no_answer', /^no answer/],
  'goes at once': [({ socket }) => socket.destroy(), PATIENT, 'closed', /closed/],
  'ends its side': [({ socket }) => socket.end(), PATIENT, 'closed', /closed/],
  'goes after its name': [({ socket }) => socket.end('SSH-2.0-Short_1\r\n'), PATIENT, 'closed', /closed/],
  'speaks HTTP': [({ socket }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), PATIENT, 'closed', /closed/],
  'speaks SSH 1': [
    ({ socket }) => socket.write('SSH-1.5-Old_1\r\n'),
    PATIENT,
    'not_this_protocol',
    /does not speak SSH 2$/,
  ],
  'never comes to its name': [
    ({ socket }) => socket.write('line\r\n'.repeat(2_000)),
    PATIENT,
    'not_this_protocol',
    /does not speak SSH 2$/,
  ],
  'says one endless line': [
    ({ socket }) => socket.write('x'.repeat(20_000)),
    PATIENT,
    'not_this_protocol',
    /does not speak SSH 2$/,
  ],
  ...Object.fromEntries(
    [2, 9, 11].map((reason) => [
      `says goodbye with words for reason ${reason}`,
      [
        ({ socket }) =>
          socket.end(Buffer.concat([Buffer.from('SSH-2.0-Gate_1\r\n'), goodbye(reason, 'kept \u0007 out')])),
        PATIENT,
        'refused',
        /^the server ended the SSH handshake: kept \? out$/,
      ],
    ]),
  ),
  'sends noise after its name': [
    ({ socket }) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-Noise_1\r\n'), Buffer.alloc(4_096, 0xa5)])),
    PATIENT,
    'refused',
    /^the SSH handshake failed: /,
  ],
};

for (const [which, [serve, budgetMs, why, words]] of Object.entries(OTHERS)) {
  test(`a peer that ${which} gives no host key, and the socket is closed`, async (t) => {
    const origin = await startOrigin(serve);
    t.teardown(origin.close);
    const shown = await probe(origin.port, ['ssh-ed25519'], budgetMs);
    t.like(shown, { kind: 'failed', why });
    t.regex(shown.kind === 'failed' ? shown.detail : '', words);
  });
}

/** SSH_MSG_DISCONNECT before any key exchange (RFC 4253 §11.1), in a packet without cipher. */
function goodbye(reason: number, words: string): Buffer {
  const text = Buffer.from(words);
  const body = Buffer.concat([Buffer.from([1, 0, 0, 0, reason, 0, 0, 0, text.length]), text, Buffer.alloc(4)]);
  const padding = 16 - ((5 + body.length) % 8);
  const head = Buffer.from([0, 0, 0, 1 + body.length + padding, padding]);
  return Buffer.concat([head, body, Buffer.alloc(padding)]);
}

test('what ssh2 cannot check is not asked for', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  t.deepEqual(await probe(origin.port, ['sk-ssh-ed25519@openssh.com', 'ssh-ed448']), {
    kind: 'failed',
    why: 'not_possible',
    detail: 'no probe is made for host keys of sk-ssh-ed25519@openssh.com, ssh-ed448',
  });
  t.is((await origin.arrival(0)).received(), '');
});

test('a socket that is closed already is an answer too', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const socket = await dial(origin.port);
  socket.destroy();
  t.like(await probeHostKey(socket, { algorithms: ['ssh-ed25519'], budgetMs: PATIENT }), { why: 'closed' });
});
