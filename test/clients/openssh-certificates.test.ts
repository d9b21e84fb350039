import { join } from 'node:path';
import test from 'ava';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { testWith } from '../programs.js';
import { checkOf, closeOf, startSshRig } from '../proxy/inspect/ssh-peers.js';
import { makeHostKey, makeKey, startSshd, type Sshd } from './sshd.js';

const HOST = ['-h', '-n', 'linux.test,10.0.0.7', '-V', '20260101000000Z:20360101000000Z'];

/** A host key, how its certificate was made, by whom, and in which algorithm it is shown. */
interface Made {
  readonly kind: string;
  readonly algorithm: string;
  readonly authority: 'authority' | 'stranger';
  readonly how: readonly string[];
}

const MADE = {
  right: { kind: 'ed25519', algorithm: 'ssh-ed25519', authority: 'authority', how: HOST },
  expired: {
    kind: 'ecdsa -b 256',
    algorithm: 'ecdsa-sha2-nistp256',
    authority: 'authority',
    how: [...HOST.slice(0, 3), '-V', '20240101000000Z:20250101000000Z'],
  },
  'for another host': {
    kind: 'ecdsa -b 384',
    algorithm: 'ecdsa-sha2-nistp384',
    authority: 'authority',
    how: ['-h', '-n', 'other.test'],
  },
  "a user's": {
    kind: 'ecdsa -b 521',
    algorithm: 'ecdsa-sha2-nistp521',
    authority: 'authority',
    how: ['-n', 'linux.test'],
  },
  "another authority's": { kind: 'rsa -b 2048', algorithm: 'rsa-sha2-512', authority: 'stranger', how: HOST },
} as const satisfies Record<string, Made>;

type Name = keyof typeof MADE;

let folder: Folder;
let sshd: Promise<Sshd> | undefined;
const fingerprints = new Map<string, string>();

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  await (await sshd)?.stop();
  await folder.remove();
});

async function fingerprint(name: string): Promise<string> {
  const ran = await run('ssh-keygen', ['-l', '-f', join(folder.path, `${name}.pub`)]);
  return ran.stdout.split(' ')[1] ?? '';
}

/** A server with a certificate of each sort, started once. */
function server(): Promise<Sshd> {
  return (sshd ??= (async () => {
    for (const name of ['authority', 'stranger']) {
      await makeKey(join(folder.path, name), 'ed25519');
      fingerprints.set(name, await fingerprint(name));
    }
    const hostKeys: string[] = [];
    for (const [name, { kind, authority, how }] of Object.entries(MADE)) {
      const file = await makeHostKey(folder, kind);
      const words = ['-q', '-s', join(folder.path, authority), '-I', name, ...how, join(folder.path, `${file}.pub`)];
      const ran = await run('ssh-keygen', words);
      if (ran.code !== 0) throw new Error(ran.stderr);
      fingerprints.set(name, await fingerprint(file));
      hostKeys.push(file);
    }
    const config = hostKeys.map((file) => `HostCertificate ${join(folder.path, file)}-cert.pub`);
    return startSshd(folder, '/usr/sbin/sshd', { hostKeys, config: [...config, 'LogLevel VERBOSE'] });
  })());
}

function known(name: string): string {
  return fingerprints.get(name) ?? '';
}

/** Connects with the certificate of that name, or with its plain key, to a proxy whose rule pins this. */
async function connect(
  t: Parameters<typeof startSshRig>[0],
  name: Name,
  pinned: readonly string[],
  { form = '-cert-v01@openssh.com', more = [] }: { readonly form?: string; readonly more?: readonly string[] } = {},
) {
  const { port, user, options } = await server();
  const rig = await startSshRig(t, port, { pins: pinned, more });
  const through = ['-o', `ProxyCommand=nc -X connect -x 127.0.0.1:${rig.port} %h %p`];
  const algorithm = ['-o', `HostKeyAlgorithms=${MADE[name].algorithm}${form}`];
  const ran = await run('ssh', [
    ...options,
    ...through,
    ...algorithm,
    '-p',
    String(port),
    `${user}@linux.test`,
    'echo in',
  ]);
  return { ran, close: await closeOf(rig) };
}

const withOpenSsh = testWith('ssh', 'sshd', 'ssh-keygen', 'nc');
const authority = (name = 'authority'): string => `@cert-authority ${known(name)}`;

withOpenSsh('a host certificate by the pinned authority passes, and the record has its key', async (t) => {
  await server();
  const { ran, close } = await connect(t, 'right', [authority()]);
  t.is(ran.stdout, 'in\n', ran.stderr);
  t.like(close, { host_key_type: 'ssh-ed25519', cleared_by: 'linux/linux' });
  t.like(checkOf(close), { expected: [authority()], seen: known('right'), outcome: 'verified' });
  t.is(checkOf(close)['detail'], `ssh-ed25519, certified by ${known('authority')}`);
});

const FLAWS: Readonly<Partial<Record<Name, RegExp>>> = {
  expired: /, but the certificate expired on 2025-01-01$/,
  'for another host': /, but the certificate is not for linux\.test$/,
  "a user's": /, but the certificate is not a valid host certificate$/,
  "another authority's": /^ssh-rsa, certified by SHA256:/,
};

for (const name of Object.keys(MADE) as Name[]) {
  const flaw = FLAWS[name];
  if (flaw === undefined) continue;
  withOpenSsh(
    `a certificate that is ${name} does not pass the pin of an authority, and the record says why`,
    async (t) => {
      await server();
      const { ran, close } = await connect(t, name, [authority()]);
      t.is(ran.code, 255);
      t.regex(
        ran.stderr,
        /:9: Egress denied: the SSH host key is not one the rule lists \[rule linux\/linux\] \(attempt /,
      );
      t.like(close, { ended_by: 'host_key_mismatch', cleared_by: null });
      t.like(checkOf(close), { expected: [authority()], seen: known(name), outcome: 'mismatch' });
      t.regex(String(checkOf(close)['detail']), flaw);
    },
  );

  withOpenSsh(`the key in a certificate that is ${name} passes where it is pinned itself`, async (t) => {
    await server();
    const { ran, close } = await connect(t, name, [authority('stranger').replace(/.$/, 'A'), known(name)]);
    t.is(ran.stdout, 'in\n', ran.stderr);
    t.like(checkOf(close), { seen: known(name), outcome: 'verified' });
  });
}

withOpenSsh('one of several authorities is enough, and each one vouches only for its own', async (t) => {
  await server();
  const both = [authority(), authority('stranger')];
  const { ran, close } = await connect(t, "another authority's", both);
  t.is(ran.stdout, 'in\n', ran.stderr);
  t.like(checkOf(close), { expected: both, outcome: 'verified' });
});

withOpenSsh(
  'the pin of an authority is not one of its own key, nor does it hold for a key without its certificate',
  async (t) => {
    await server();
    const own = await connect(t, 'right', [known('authority')]);
    t.like(own.close, { ended_by: 'host_key_mismatch' });
    const plain = await connect(t, 'right', [authority()], { form: '' });
    t.like(plain.close, { ended_by: 'host_key_mismatch' });
    t.is(checkOf(plain.close)['detail'], 'ssh-ed25519');
  },
);

withOpenSsh('a probe asks for the key in a certificate, which then is proven and vouched for', async (t) => {
  const sshd = await server();
  const { ran, close } = await connect(t, 'right', [authority()], { more: ['unverifiable: probe'] });
  t.is(ran.stdout, 'in\n', ran.stderr);
  t.like(close, { server_shown: 'probed', cleared_by: 'linux/linux' });
  t.like(checkOf(close), { seen: known('right'), outcome: 'probed' });
  t.regex(sshd.said(), /Connection (closed|reset) by 127\.0\.0\.1|Received disconnect from 127\.0\.0\.1/);
});
