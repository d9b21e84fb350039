import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import { fingerprintsOf } from '../../lib/protocol/ssh/index.js';
import { makeSshKey } from '../fixtures/ssh-key.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { orHung } from '../fixtures/waiting.js';
import { checkOf, closeOf, startSshRig } from '../proxy/inspect/ssh-peers.js';
import type { Rig } from '../proxy/rig.js';

/** Kinds of keys, and the algorithms in which ssh2 shows them. */
const KINDS = [
  ['ed25519', {}, ['ssh-ed25519']],
  ['ecdsa', { bits: 256 }, ['ecdsa-sha2-nistp256']],
  ['ecdsa', { bits: 384 }, ['ecdsa-sha2-nistp384']],
  ['ecdsa', { bits: 521 }, ['ecdsa-sha2-nistp521']],
  ['rsa', { bits: 2048 }, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']],
] as const;

const METHODS: readonly ssh2.KexAlgorithm[] = [
  ...(['curve25519-sha256', 'curve25519-sha256@libssh.org'] as const),
  ...(['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'] as const),
  ...(['diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256'] as const),
  ...(['diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'] as const),
];

interface Served {
  readonly port: number;
  readonly pin: string;
  /** How many log-ins were asked for. */
  readonly asked: () => number;
}

/** Starts an ssh2 server with a greeting, that offers these methods. */
async function serve(t: ExecutionContext, [type, options]: (typeof KINDS)[number]): Promise<Served> {
  const { private: hostKey, public: shown } = makeSshKey(() =>
    ssh2.utils.generateKeyPairSync(type, options as { bits: 2048 }),
  );
  let asked = 0;
  const serverHostKey = { append: ['ssh-rsa'], prepend: [], remove: [] } as const;
  const algorithms = {
    kex: [...METHODS],
    serverHostKey: { ...serverHostKey, append: ['ssh-rsa' as const], prepend: [], remove: [] },
  };
  const settings = { hostKeys: [hostKey], greeting: 'Only for those who may.', algorithms };
  const server = new ssh2.Server(settings, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      asked += 1;
      context.accept();
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const stream = acceptExec();
        stream.exit(0);
        stream.end('tide\n'.repeat(100_000));
      });
    });
  });
  t.teardown(() => server.close());
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  return { port, pin: fingerprintsOf(Buffer.from(shown.split(' ')[1] ?? '', 'base64')).sha256, asked: () => asked };
}

/** Runs a command through a proxy: its output, or why there is none. */
async function command(rig: Rig, port: number, algorithms: ssh2.Algorithms): Promise<string> {
  const tunnel = await tunnelTo(rig.port, `linux.test:${port}`);
  const client = new ssh2.Client();
  const outcome = new Promise<string>((resolve) => {
    client.once('error', (error) => resolve(error.message));
    client.once('ready', () => {
      client.exec('tide', (error, stream) => {
        if (error) {
          resolve(error.message);
          return;
        }
        let output = '';
        stream.on('data', (bytes: Buffer) => (output += bytes.toString())).on('close', () => resolve(output));
      });
    });
  });
  client.connect({ sock: tunnel.release(), username: 'octopus', password: 'any', algorithms });
  const what = await orHung(outcome, () => 'the command');
  client.end();
  return what;
}

for (const kind of KINDS) {
  const [type, options, shownBy] = kind;
  const name = `${type} ${Object.values(options).join('')}`.trim();

  test.serial(`ssh2 at both ends: a pinned host key of ${name} passes in each of its algorithms`, async (t) => {
    const { port, pin } = await serve(t, kind);
    const rig = await startSshRig(t, port, { pins: [pin] });
    for (const [index, algorithm] of shownBy.entries()) {
      t.is(await command(rig, port, { serverHostKey: [algorithm] }), 'tide\n'.repeat(100_000));
      const close = await closeOf(rig, index);
      t.like(close, { cleared_by: 'linux/linux', host_key_type: algorithm.startsWith('rsa') ? 'ssh-rsa' : algorithm });
      t.regex(`${String(close['software_version'])} ${String(close['server_software_version'])}`, /^ssh2js\S+ ssh2js/);
      t.like(checkOf(close), { expected: [pin], seen: pin, outcome: 'verified' });
    }
  });

  test.serial(
    `ssh2 says why a host key of ${name} that is not pinned is refused, and never asks to log in`,
    async (t) => {
      const { port, pin, asked } = await serve(t, kind);
      const rig = await startSshRig(t, port, { pins: ['SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M'] });
      const close = closeOf(rig);
      t.is(
        await command(rig, port, { serverHostKey: [...shownBy] }),
        `Egress denied: the SSH host key is not one the rule lists [rule linux/linux] (attempt ${String((await close)['attempt'])})`,
      );
      t.is(asked(), 0);
      t.like(checkOf(await close), { seen: pin, outcome: 'mismatch' });
    },
  );
}

for (const method of METHODS) {
  test.serial(`ssh2 at both ends: the pinned host key is seen in ${method}`, async (t) => {
    const { port, pin } = await serve(t, KINDS[0]);
    const rig = await startSshRig(t, port, { pins: [pin] });
    t.is(await command(rig, port, { kex: [method] }), 'tide\n'.repeat(100_000));
    const close = await closeOf(rig);
    t.like(close, { key_exchange: method, cleared_by: 'linux/linux' });
    t.like(checkOf(close), { seen: pin, outcome: 'verified' });
  });
}
