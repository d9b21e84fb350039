import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import { makeKey, startSshd, type Sshd } from '../clients/sshd.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { startTidegate, type Line, type Tidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { startClient, type ProxyRecord } from './clients.js';
import type { DotnetProgram, Outcome } from './dotnet-program.js';
import { digestOf, pattern } from './pattern.js';
import { startRecorder, type Recorder } from './recorder.js';

/** What SSH.NET tells about a command. */
interface Executed {
  readonly output: string;
  readonly exit: number;
  readonly hostKey: string;
  readonly hostKeyAlgorithm: string;
  readonly keyExchange: string;
  readonly clientVersion: string;
}

interface World {
  readonly folder: Folder;
  readonly sshd: Sshd;
  readonly tidegate: Tidegate;
  readonly recorder: Recorder;
  readonly decisions: () => Promise<Line[]>;
}

/** Each kind of host key, and how ssh-keygen makes it. */
const HOST_KEYS: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  ed25519: ['ed25519', []],
  rsa: ['rsa', ['-b', '2048']],
  'ecdsa-256': ['ecdsa', ['-b', '256']],
  'ecdsa-384': ['ecdsa', ['-b', '384']],
  'ecdsa-521': ['ecdsa', ['-b', '521']],
};

/** A fingerprint that no key has. */
const NO_KEY = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

let made: World | undefined;
const clients: DotnetProgram[] = [];

/** A target that speaks all it can, and tidegate with one proxy user who alone may reach it by the name `users.test`. */
async function world(): Promise<World> {
  if (made !== undefined) return made;
  const folder = await makeFolder();
  const sshd = await startSshd(folder, '/usr/sbin/sshd', { config: await everyAlgorithm(folder) });
  const rule = (id: string, host: string, ...more: readonly string[]): string => `allow:
  - id: ${id}
    to: [${host}]
    resolves-to: [127.0.0.0/8]
    protocol: ssh
    ports: [${sshd.port}]
${more.map((line) => `    ${line}\n`).join('')}`;
  const pins: string[] = [];
  for (const name of [...Object.keys(HOST_KEYS), 'host_ed25519']) pins.push(await fingerprint(folder, name));
  const tidegate = await startTidegate({
    policies: {
      'linux.yaml': `policy: linux\n${rule('linux', 'linux.test')}`,
      'space.yaml': `policy: space\nclients:\n  users: [spaces-1.production]\n${rule('targets', 'users.test')}`,
      'pinned.yaml': `policy: pinned\n${rule('pinned', 'pinned.test', `host-keys: ${JSON.stringify(pins)}`)}`,
      'stale.yaml': `policy: stale\n${rule('stale', 'stale.test', `host-keys: ["${NO_KEY}"]`)}`,
    },
    users: { 'spaces-1.production': 'correct-horse' },
    config: {
      hosts: Object.fromEntries(
        ['linux', 'users', 'denied', 'pinned', 'stale'].map((name) => [`${name}.test`, ['127.0.0.1']]),
      ),
      // Shorter than the silence of a script: none of these may end a tunnel.
      timeouts: { head: '1s', idle: '1s', stalled: '1s', response: '1s' },
    },
  });
  const recorder = await startRecorder(tidegate.port);
  const decisions = async () => (await tidegate.journal()).filter(({ kind }) => kind === 'decision');
  return (made = { folder, sshd, tidegate, recorder, decisions });
}

async function fingerprint(folder: Folder, name: string): Promise<string> {
  return (await run('ssh-keygen', ['-lf', join(folder.path, `${name}.pub`)])).stdout.split(' ')[1] ?? '';
}

/** Lines of configuration that let sshd use all host keys, their certificates and every algorithm it was built with. */
async function everyAlgorithm(folder: Folder): Promise<string[]> {
  const authority = join(folder.path, 'authority');
  await makeKey(authority, 'ed25519');
  const lines: string[] = [];
  for (const [name, [type, bits]] of Object.entries(HOST_KEYS)) {
    const file = join(folder.path, name);
    await makeKey(file, type, bits);
    await run('ssh-keygen', ['-q', '-s', authority, '-I', name, '-h', '-n', 'linux.test', `${file}.pub`]);
    lines.push(`HostKey ${file}`, `HostCertificate ${file}-cert.pub`);
  }
  const known = async (what: string): Promise<string> =>
    (await run('ssh', ['-Q', what])).stdout.trim().replaceAll('\n', ',');
  return [...lines, `KexAlgorithms ${await known('kex')}`, `HostKeyAlgorithms ${await known('HostKeyAlgorithms')}`];
}

test.after.always(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await made?.recorder.close();
  await made?.tidegate.discard();
  await made?.sshd.stop();
  await made?.folder.remove();
});

async function sshNet(setup: object = {}, proxy: Partial<ProxyRecord> = {}): Promise<DotnetProgram> {
  const { sshd, recorder } = await world();
  const record = { host: '127.0.0.1', port: recorder.port, ...proxy };
  const client = await startClient('ssh', { user: sshd.user, keyFile: sshd.keyFile, proxy: record, ...setup });
  clients.push(client);
  return client;
}

/** Runs one command on the target. */
async function command(client: DotnetProgram, step: object = {}): Promise<Outcome<Executed>> {
  const { sshd } = await world();
  return client.ask<Executed>({
    task: 'command',
    host: 'linux.test',
    port: sshd.port,
    command: 'echo tide; exit 7',
    ...step,
  });
}

function executed(outcome: Outcome<Executed>): Executed {
  if (!outcome.ok) throw new Error(outcome.chain.join('\n'));
  return outcome.value;
}

/** The exception's text, as a task log shows it. */
function thrown(outcome: Outcome<unknown>): string {
  if (outcome.ok) throw new Error(`it went through: ${JSON.stringify(outcome.value)}`);
  return `${outcome.type}: ${outcome.message}`;
}

/** What SSH.NET makes of an answer of ours: the status, and the reason phrase to its last byte. */
function proxyException(status: number, words: string): RegExp {
  return new RegExp(
    `^Renci\\.SshNet\\.Common\\.ProxyException: HTTP: Status code ${status}, "${words} \\(attempt [0-9A-HJKMNP-TV-Z]{16}\\)"$`,
  );
}

const withSsh = testWith('dotnet', 'sshd', 'ssh', 'ssh-keygen');

withSsh('SSH.NET runs a command through a tunnel, its output and exit code whole', async (t) => {
  const { recorder, sshd } = await world();
  const before = recorder.connections.length;
  const { output, exit, clientVersion } = executed(await command(await sshNet()));
  t.is(output, 'tide\n');
  t.is(exit, 7);
  // As it speaks: HTTP/1.0 without Host, and no more than that.
  const [connection] = recorder.connections.slice(before);
  t.true(connection?.sent().startsWith(`CONNECT linux.test:${sshd.port} HTTP/1.0\r\n\r\n${clientVersion}\r\n`));
  t.is(connection?.answers[0], 'HTTP/1.1 200 Connection established\r\n\r\n');
});

withSsh('SSH.NET sends 100 MB by SFTP and fetches them again, every byte of them right', async (t) => {
  const { folder, sshd } = await world();
  const size = 100_000_000;
  const localPath = join(folder.path, 'package.zip');
  const remotePath = join(folder.path, 'there.zip');
  await pipeline(pattern(size), createWriteStream(localPath));
  const client = await sshNet();
  const copied = await client.ask({ task: 'copy', host: 'linux.test', port: sshd.port, localPath, remotePath });
  t.true(copied.ok, JSON.stringify(copied));
  t.log(`${copied.seconds} s`);
  const sha256 = digestOf(size);
  t.deepEqual(copied.ok && copied.value, { length: size, sha256 });
  const arrived = createHash('sha256');
  await pipeline(createReadStream(remotePath), arrived);
  t.is(arrived.digest('hex'), sha256);
});

withSsh('SSH.NET sends its proxy credentials unasked, and reaches with them what the user may reach', async (t) => {
  const { recorder, decisions } = await world();
  const client = await sshNet({}, { user: 'spaces-1.production', password: 'correct-horse' });
  t.is(executed(await command(client, { host: 'users.test' })).output, 'tide\n');
  const credentials = 'Proxy-Authorization: Basic c3BhY2VzLTEucHJvZHVjdGlvbjpjb3JyZWN0LWhvcnNl';
  t.regex(
    recorder.connections.at(-1)?.sent() ?? '',
    new RegExp(`^CONNECT users\\.test:\\d+ HTTP/1\\.0\r\n${credentials}\r\n\r\n`),
  );
  t.is(((await decisions()).at(-1)?.['client'] as { user?: string }).user, 'spaces-1.production');
  const nobody = await command(await sshNet(), { host: 'users.test' });
  t.log(thrown(nobody));
  t.regex(thrown(nobody), /HTTP: Status code 407, "Proxy authentication required"$/);
});

withSsh('SSH.NET with a wrong proxy password shows the 407 and its reason', async (t) => {
  const client = await sshNet({}, { user: 'spaces-1.production', password: 'guess' });
  const refused = await command(client, { host: 'users.test' });
  t.log(thrown(refused));
  t.regex(thrown(refused), proxyException(407, 'Egress refused: the proxy user name or password is wrong'));
});

withSsh('SSH.NET shows why it is denied by name and by port, with the id of the attempt in the journal', async (t) => {
  const { decisions } = await world();
  const client = await sshNet();
  const byName = await command(client, { host: 'denied.test' });
  t.log(thrown(byName));
  t.regex(thrown(byName), proxyException(403, 'Egress denied: no rule allows this destination'));
  t.true(thrown(byName).includes(String((await decisions()).at(-1)?.['attempt'])));
  const byPort = await command(client, { port: 9 });
  t.log(thrown(byPort));
  t.regex(thrown(byPort), proxyException(403, 'Egress denied: no rule allows this port \\[rule linux/linux\\]'));
  t.true(thrown(byPort).includes(String((await decisions()).at(-1)?.['attempt'])));
});

withSsh('SSH.NET shows that an IPv6 address cannot be written as it writes it, and what to do', async (t) => {
  const refused = await command(await sshNet(), { host: '2001:db8::5' });
  t.log(thrown(refused));
  t.regex(
    thrown(refused),
    proxyException(400, 'Egress refused: IPv6 literal without brackets; register the target by name \\[A2\\]'),
  );
});

withSsh(
  'SSH.NET turns away a host key that it does not trust, and the tunnel has its end in the journal',
  async (t) => {
    const { tidegate, decisions, folder } = await world();
    const right = await fingerprint(folder, 'host_ed25519');
    const trusting = await sshNet({ fingerprint: right });
    t.is(executed(await command(trusting, { hostKeys: ['ssh-ed25519'] })).hostKey, right);
    const wrong = await sshNet({ fingerprint: NO_KEY });
    t.regex(
      thrown(await command(wrong, { hostKeys: ['ssh-ed25519'] })),
      /SshConnectionException: (Key exchange negotiation failed|Host key could not be verified)/,
    );
    const attempt = (await decisions()).at(-1)?.['attempt'];
    const close = await tidegate.recorded(
      (line) => line['kind'] === 'close' && line['attempt'] === attempt,
      'the close',
    );
    t.is(close['ended_by'], 'client');
  },
);

withSsh(
  'SSH.NET shakes hands through the tunnel with every key exchange and host key that both ends know',
  async (t) => {
    const client = await sshNet();
    const algorithms = await client.ask<{ keyExchanges: string[]; hostKeys: string[] }>({ task: 'algorithms' });
    if (!algorithms.ok) throw new Error(algorithms.message);
    const here = async (what: string): Promise<string[]> => (await run('ssh', ['-Q', what])).stdout.trim().split('\n');
    const [keyExchanges, hostKeys] = await Promise.all([here('kex'), here('HostKeyAlgorithms')]);
    const both = (known: readonly string[], those: readonly string[]) => known.filter((name) => those.includes(name));
    for (const keyExchange of both(algorithms.value.keyExchanges, keyExchanges)) {
      // It calls the two names of one algorithm by the shorter.
      const { keyExchange: used } = executed(await command(client, { keyExchanges: [keyExchange] }));
      t.is(used.replace(/@.*/, ''), keyExchange.replace(/@.*/, ''));
    }
    for (const hostKey of both(algorithms.value.hostKeys, hostKeys)) {
      // Whoever signed a certificate did so with ed25519, which it must know too.
      const signedBy = hostKey.includes('-cert-') ? ['ssh-ed25519'] : [];
      const { hostKeyAlgorithm } = executed(await command(client, { hostKeys: [hostKey, ...signedBy] }));
      t.is(hostKeyAlgorithm, hostKey);
    }
    const missing = algorithms.value.keyExchanges.filter((name) => !keyExchanges.includes(name));
    if (missing.length > 0) t.log(`this machine's sshd does not know ${missing.join(', ')}`);
  },
);

withSsh('SSH.NET gets through a pin by each kind of host key, and shows why another key is refused', async (t) => {
  const { tidegate } = await world();
  const client = await sshNet();
  const closes = async () => (await tidegate.journal()).filter(({ kind }) => kind === 'close');
  for (const hostKey of ['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp521']) {
    const { output, hostKeyAlgorithm } = executed(await command(client, { host: 'pinned.test', hostKeys: [hostKey] }));
    t.deepEqual([output, hostKeyAlgorithm], ['tide\n', hostKey]);
  }
  const refused = await command(client, { host: 'stale.test' });
  t.log(thrown(refused));
  const sentence = 'Egress denied: the SSH host key is not one the rule lists \\[rule stale/stale\\]';
  t.regex(thrown(refused), new RegExp(`SshConnectionException: .*${sentence} \\(attempt [0-9A-HJKMNP-TV-Z]{16}\\)`));
  const denied = (await closes()).at(-1) ?? {};
  t.like(denied, { ended_by: 'host_key_mismatch', server_shown: 'claimed' });
  t.true(thrown(refused).includes(String(denied['attempt'])));
});

withSsh('a tunnel of SSH.NET may be silent for as long as its script takes', async (t) => {
  const client = await sshNet();
  // Several times over what tidegate is configured to wait for anything but a tunnel.
  t.is(executed(await command(client, { command: 'sleep 4; echo tide' })).output, 'tide\n');
});
