import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { makeHostKey, startSshd } from '../../clients/sshd.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { makeFolder } from '../../fixtures/folder.js';
import { freePort } from '../../fixtures/free-port.js';
import { silent, startOrigin, type Serve } from '../../fixtures/origin.js';
import { run } from '../../fixtures/program.js';
import { LOOPBACK_POLICY, startTidegate, type Tidegate } from '../../fixtures/tidegate.js';
import { startOpenssl, tentacleCertificate } from '../../probe/peers.js';
import { testWith } from '../../programs.js';
import { carriedOut, tidegate } from '../command.js';

let running: Tidegate;
test.before(async () => {
  running = await startTidegate({
    users: { prober: 'right' },
    policies: {
      'loopback.yaml': LOOPBACK_POLICY,
      'deny.yaml': 'policy: deny\ndeny:\n  - {id: closed, to: [closed.test], reason: a test}\n',
    },
    config: { users: { challenge: 'always' }, hosts: { 'web.test': ['127.0.0.1'], 'closed.test': ['127.0.0.1'] } },
  });
  process.env['PROBE_PASSWORD'] = 'right';
  process.env['WRONG_PASSWORD'] = 'wrong';
});
test.after.always(() => running.discard());

const AS_USER = ['--user', 'prober', '--password-variable', 'PROBE_PASSWORD'];

/** Probes through the running tidegate, which is found by its state folder. */
function probe(destination: string, ...args: readonly string[]) {
  return carriedOut(['probe', destination, '--state', join(running.folder.path, 'state'), ...AS_USER, ...args]);
}

/** How often a destination was let out so far. */
async function decisions(destination: string): Promise<number> {
  const [host, port] = destination.split(':');
  return (await running.journal()).filter(
    (line) =>
      line['kind'] === 'decision' &&
      JSON.stringify(line).includes(`"${host}"`) &&
      JSON.stringify(line).includes(`${port}`),
  ).length;
}

async function origin(t: ExecutionContext, serve: Serve): Promise<number> {
  const started = await startOrigin(serve);
  t.teardown(started.close);
  return started.port;
}

test.serial('a TLS server is shown with what a rule needs, and the probe is recorded like any attempt', async (t) => {
  const certificate = makeCertificate('web.test');
  const server = createTlsServer(certificate, (socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const destination = `web.test:${(server.address() as AddressInfo).port}`;
  const ran = await probe(destination);
  t.is(ran.stderr, '');
  t.is(ran.code, 0);
  const [heading = '', ...lines] = ran.stdout.split('\n');
  t.is(
    heading,
    `${destination} through 127.0.0.1:${running.port}, TLS certificate because of the port (--protocol ssh shows host keys)`,
  );
  const text = lines.join('\n');
  t.regex(text, new RegExp(`^thumbprint {2}${certificate.thumbprint} \\(SHA-1, as Octopus shows it\\)$`, 'm'));
  t.regex(text, /^SHA-256 {5}[0-9A-F]{64}$/m);
  t.regex(text, /^subject {5}CN=web\.test$/m);
  t.regex(text, /^valid {7}\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, 0 days left$/m);
  t.regex(text, /^key {9}EC prime256v1$/m);
  t.regex(text, /^version {5}TLSv1\.3$/m);
  t.true(text.endsWith(`\n    thumbprints: ["${certificate.thumbprint}"]\n`));
  const record = await running.recorded(
    (line) => line['kind'] === 'decision' && JSON.stringify(line).includes('web.test'),
    'the probe',
  );
  t.true(JSON.stringify(record).includes('prober'));
  t.is(await decisions(destination), 1);

  const { stdout } = await probe(destination, '--protocol', 'tls', '--json');
  t.like(JSON.parse(stdout), {
    destination,
    via: `127.0.0.1:${running.port}`,
    protocol: 'tls',
    certificate: { thumbprint: certificate.thumbprint, subject: 'CN=web.test', days_left: 0, version: 'TLSv1.3' },
    thumbprints: [certificate.thumbprint],
  });
});

testWith('openssl')('a Tentacle look-alike that requires a client certificate is shown by its address', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const certificate = await tentacleCertificate(folder, 'tentacle');
  const server = await startOpenssl(folder, 'tentacle', '-tls1_2', '-Verify', '1');
  t.teardown(server.stop);
  const { code, stdout } = await probe(`127.0.0.1:${server.port}`, '--json');
  t.is(code, 0);
  t.like(JSON.parse(stdout), {
    certificate: { subject: 'CN=Octopus Tentacle', key: 'RSA 2048', version: 'TLSv1.2' },
    thumbprints: [certificate.fingerprint.replaceAll(':', '')],
  });
});

testWith('sshd', 'ssh-keygen')(
  'an SSH server is shown with all its host keys, one recorded attempt for each type',
  async (t) => {
    const folder = await makeFolder();
    const kinds = ['ed25519', 'ecdsa -b 256', 'ecdsa -b 521', 'rsa -b 2048'];
    const hostKeys: string[] = [];
    for (const kind of kinds) hostKeys.push(await makeHostKey(folder, kind));
    const authority = await makeHostKey(folder, 'ed25519 -C authority');
    const signed = ['-s', join(folder.path, authority), '-I', 'host', '-h', '-n', 'web.test'];
    await run('ssh-keygen', ['-q', ...signed, join(folder.path, 'host_ed25519.pub')]);
    const config = [`HostCertificate ${folder.path}/host_ed25519-cert.pub`];
    const sshd = await startSshd(folder, '/usr/sbin/sshd', { hostKeys, config });
    t.teardown(async () => {
      await sshd.stop();
      await folder.remove();
    });
    const fingerprints = async (hash: string): Promise<string[]> => {
      const listed = hostKeys.map((name) =>
        run('ssh-keygen', ['-l', '-E', hash, '-f', join(folder.path, `${name}.pub`)]),
      );
      return (await Promise.all(listed)).map(({ stdout }) => stdout.split(' ')[1] ?? 'none');
    };
    const destination = `web.test:${sshd.port}`;
    const ran = await probe(destination, '--protocol', 'ssh');
    t.is(ran.code, 0, ran.stderr);
    const [sha256, md5] = [await fingerprints('sha256'), await fingerprints('md5')];
    for (const each of [...sha256, ...md5]) t.true(ran.stdout.includes(each), each);
    const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp521', 'ssh-rsa'];
    const yaml = ['    host-keys:', ...sha256.map((each, index) => `      - "${each}" # ${types[index] ?? ''}`)];
    t.true(ran.stdout.endsWith(`\n${yaml.join('\n')}\n`), ran.stdout);
    t.regex(ran.stdout, /^the server also has a host certificate \(ssh-ed25519-cert-v01@openssh\.com\)/m);
    t.is(await decisions(destination), 4);
    const { stdout } = await probe(destination, '--protocol', 'ssh', '--json');
    t.like(JSON.parse(stdout), {
      protocol: 'ssh',
      host_keys: types.map((type, index) => ({ type, sha256: sha256[index], md5: md5[index] })),
      failed: [],
    });
    t.notRegex(sshd.said(), /Failed|Invalid user|error:/);
  },
);

const withEverything = testWith('sshd', 'ssh-keygen', 'openssl');

withEverything('rules that look into tunnels let a probe through, and see the same', async (t) => {
  const folder = await makeFolder();
  const sshd = await startSshd(folder, '/usr/sbin/sshd');
  const certificate = await tentacleCertificate(folder, 'tentacle');
  const tentacle = await startOpenssl(folder, 'tentacle', '-tls1_2', '-verify', '1');
  const strict = await startTidegate({
    policies: {
      'strict.yaml': `policy: strict
allow:
  - {id: linux, to: [linux.test], resolves-to: [127.0.0.0/8], protocol: ssh, ports: [${sshd.port}]}
  - {id: web, to: [web.test], resolves-to: [127.0.0.0/8], protocol: tentacle, ports: [${tentacle.port}]}
  - {id: no-ssh, to: [tls.test], resolves-to: [127.0.0.0/8], protocol: tls, ports: [${sshd.port}]}
`,
    },
    config: { hosts: { 'linux.test': ['127.0.0.1'], 'web.test': ['127.0.0.1'], 'tls.test': ['127.0.0.1'] } },
  });
  t.teardown(async () => {
    await Promise.all([sshd.stop(), tentacle.stop(), strict.discard()]);
    await folder.remove();
  });
  const state = ['--state', join(strict.folder.path, 'state'), '--json'];
  const keys = await carriedOut(['probe', `linux.test:${sshd.port}`, '--protocol', 'ssh', ...state]);
  t.is(keys.code, 0, keys.stderr);
  const { host_keys: [first] = [] } = JSON.parse(keys.stdout) as { host_keys?: { sha256: string }[] };
  const thumbprint = await carriedOut(['probe', `web.test:${tentacle.port}`, ...state]);
  t.is(thumbprint.code, 0, thumbprint.stderr);
  t.like(JSON.parse(thumbprint.stdout), { thumbprints: [certificate.fingerprint.replaceAll(':', '')] });
  const closed = async (shown: string) =>
    strict.recorded((line) => line['kind'] === 'close' && JSON.stringify(line).includes(shown), shown);
  await closed(first?.sha256 ?? 'no key');
  await closed(certificate.fingerprint.replaceAll(':', ''));
  const wrong = await carriedOut(['probe', `tls.test:${sshd.port}`, '--protocol', 'ssh', ...state]);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /Egress denied: the traffic is not what the rule allows \[rule strict\/no-ssh\] \(attempt /);
  t.regex(wrong.stderr, /\n {2}see its records: tidegate audit show [0-9A-HJKMNP-TV-Z]{16}\n$/);
});

test.serial(
  'a denied destination is reported in the words of the refusal, with the attempt and what to do',
  async (t) => {
    const ran = await probe('other.example:10933');
    t.is(ran.code, 1);
    t.is(ran.stdout, '');
    const [first = '', ...more] = ran.stderr.split('\n');
    const [, id = 'none'] =
      /^tidegate: Egress denied: no rule allows this destination \(attempt ([0-9A-HJKMNP-TV-Z]{16})\)$/.exec(first) ??
      [];
    t.deepEqual(more, [
      `  see its records: tidegate audit show ${id}`,
      '  a rule such as this one would allow it; with mode: observe, pins are recorded and not enforced:',
      '    - {id: probed, to: ["other.example"], ports: [10933], protocol: tentacle, mode: observe}',
      '',
    ]);
    t.is(await decisions('other.example:10933'), 1);
    // What is suggested is a rule.
    const folder = await makeFolder({ 'suggested.yaml': `policy: suggested\nallow:\n${more[2] ?? ''}\n` });
    t.teardown(folder.remove);
    const checked = await carriedOut(['policy', 'check', folder.path]);
    t.is(checked.code, 0, checked.stdout + checked.stderr);
    t.regex((await probe('closed.test:22')).stderr, /deny list.*\n.*audit show/);
    t.regex((await probe('10.9.9.9:22')).stderr, /to: \["10\.9\.9\.9"\], ports: \[22\], protocol: ssh/);
  },
);

test.serial('a wrong password, and none, are reported with what to do', async (t) => {
  for (const args of [['--user', 'prober', '--password-variable', 'WRONG_PASSWORD'], []]) {
    const ran = await carriedOut(['probe', 'web.test:443', '--via', `127.0.0.1:${running.port}`, ...args]);
    t.is(ran.code, 1);
    t.regex(
      ran.stderr,
      /^tidegate: .*(password is wrong|authentication required).*\n {2}name a proxy user with --user NAME/i,
    );
  }
});

test.serial('a password is read from standard input too', async (t) => {
  const args = ['probe', 'web.test:1', '--via', `127.0.0.1:${running.port}`, '--user', 'prober'];
  const ran = await tidegate([...args, '--password-stdin'], { input: 'right\n' });
  t.is(ran.code, 1);
  t.regex(
    ran.stderr,
    /^tidegate: Egress failed: the destination refused the connection \(attempt .*\n {2}see its records/,
  );
  const asked = await tidegate(args);
  t.is(asked.code, 2);
  t.regex(asked.stderr, /standard input is not a terminal\n {2}use --password-stdin/);
});

/** Destinations that show nothing: what they do, the protocol asked for, and what is said. */
const NOTHING: Readonly<Record<string, readonly [Serve, 'tls' | 'ssh', RegExp]>> = {
  'says nothing': [silent, 'tls', /^tidegate: no answer in 1000 ms\n {2}see its record: .* audit list --destination /],
  'says nothing at all': [silent, 'ssh', /^tidegate: no answer in 1000 ms\n/],
  closes: [({ socket }) => socket.end(), 'tls', /^tidegate: the connection was closed.*\n {2}see its record/],
  'closes, too': [({ socket }) => socket.end(), 'ssh', /^tidegate: the connection was closed.*\n/],
  'speaks SSH': [
    ({ socket }) => socket.write('SSH-2.0-Other_1\r\n'),
    'tls',
    /does not speak TLS\n {2}--protocol ssh shows host keys\n$/,
  ],
  'speaks no SSH': [
    ({ socket }) => socket.write('x'.repeat(20_000)),
    'ssh',
    /does not speak SSH 2\n {2}--protocol tls shows a certificate\n$/,
  ],
};

for (const [which, [serve, protocol, words]] of Object.entries(NOTHING)) {
  test.serial(`a destination that ${which} is reported as such, asked by ${protocol}`, async (t) => {
    const ran = await probe(`web.test:${await origin(t, serve)}`, '--protocol', protocol, '--timeout', '1');
    t.is(ran.code, 1);
    t.is(ran.stdout, '');
    t.regex(ran.stderr, words);
  });
}

test.serial('where no proxy listens, or something else does, that is said', async (t) => {
  const nobody = await carriedOut(['probe', 'web.test:443', '--via', `127.0.0.1:${await freePort()}`]);
  t.is(nobody.code, 3);
  t.regex(nobody.stderr, /^tidegate: no tidegate at 127\.0\.0\.1:\d+: connection refused\n {2}start it, or/);
  const ssh = await origin(t, ({ socket }) => socket.end('SSH-2.0-Other_1\r\n'));
  const other = await carriedOut(['probe', 'web.test:443', '--via', `127.0.0.1:${ssh}`]);
  t.is(other.code, 3);
  t.regex(other.stderr, /its reply is not HTTP/);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const stopped = await carriedOut(['probe', 'web.test:443', '--state', folder.path]);
  t.is(stopped.code, 3);
  t.regex(stopped.stderr, /^tidegate: no instance runs with the state folder .*\n {2}.*--via HOST:PORT\n$/);
});

/** Command lines that are wrong, and what is said of them. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['web.test'], /^tidegate: invalid destination "web\.test": /],
  [['web.test:0'], /^tidegate: invalid destination "web\.test:0": port is not a number/],
  [['https://web.test:443'], /^tidegate: invalid destination "https:/],
  [['web.test:443', '--protocol', 'http'], /^tidegate: invalid --protocol "http": one of tls, ssh\n$/],
  [['web.test:443', '--via', 'proxy'], /^tidegate: invalid --via "proxy": .*\n {2}use host:port, such as /],
  [['web.test:443', '--timeout', 'long'], /^tidegate: invalid --timeout "long": use seconds/],
  [['web.test:443', '--via', 'a:1', '--password-stdin'], /^tidegate: a password requires --user NAME/],
  [
    ['web.test:443', '--via', 'a:1', '--user', 'a', '--password-variable', 'NO_SUCH'],
    /environment variable "NO_SUCH" is not set\n$/,
  ],
];

test.serial('a wrong command line ends with 2 and says what is wrong', async (t) => {
  for (const [args, words] of WRONG) {
    const ran = await carriedOut(['probe', ...args]);
    t.is(ran.code, 2, args.join(' '));
    t.regex(ran.stderr, words);
  }
});
