import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { startSshd, type Sshd } from './sshd.js';

const PROGRAMS = ['ssh', 'scp', 'ssh-keygen', 'sshd'];
let folder: Folder;
let sshd: Sshd | undefined;
let tidegate: Tidegate | undefined;

/** Starts what a test needs, once; only tests whose programs are here ask for it. */
async function world(): Promise<{ sshd: Sshd; tidegate: Tidegate }> {
  sshd ??= await startSshd(folder, '/usr/sbin/sshd');
  tidegate ??= await startTidegate({
    policies: {
      'linux.yaml': `policy: linux
allow:
  - id: linux
    to: [linux.test]
    resolves-to: [127.0.0.0/8]
    protocol: ssh
    ports: [${sshd.port}]
`,
    },
    config: { hosts: { 'linux.test': ['127.0.0.1'], 'denied.test': ['127.0.0.1'] } },
  });
  return { sshd, tidegate };
}

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  await tidegate?.discard();
  await sshd?.stop();
  await folder.remove();
});

/** How OpenSSH gets to a proxy: a program of its own that says CONNECT. */
const THROUGH: Readonly<Record<string, (port: number) => string>> = {
  ncat: (port) => `ncat --proxy 127.0.0.1:${port} --proxy-type http %h %p`,
  nc: (port) => `nc -X connect -x 127.0.0.1:${port} %h %p`,
};

for (const [program, command] of Object.entries(THROUGH)) {
  const withPrograms = testWith(program, ...PROGRAMS);

  withPrograms(`OpenSSH runs a command through ${program}, its output and exit code whole`, async (t) => {
    const { sshd, tidegate } = await world();
    const ran = await run(
      'ssh',
      [
        ...sshd.options,
        '-o',
        `ProxyCommand=${command(tidegate.port)}`,
        '-p',
        String(sshd.port),
        `${sshd.user}@linux.test`,
        'cat; exit 7',
      ],
      { input: 'over the tide\n' },
    );
    t.is(ran.stdout, 'over the tide\n', ran.stderr);
    t.is(ran.code, 7);
  });

  withPrograms(`scp copies a file to a host and back through ${program}`, async (t) => {
    const { sshd, tidegate } = await world();
    const content = randomBytes(3_000_000);
    const original = await folder.write(`${program}-original`, content);
    const [there, back] = [join(folder.path, `${program}-there`), join(folder.path, `${program}-back`)];
    const scp = (from: string, to: string) =>
      run('scp', [
        ...sshd.options,
        '-q',
        '-o',
        `ProxyCommand=${command(tidegate.port)}`,
        '-P',
        String(sshd.port),
        from,
        to,
      ]);
    const up = await scp(original, `${sshd.user}@linux.test:${there}`);
    t.is(up.code, 0, up.stderr);
    const down = await scp(`${sshd.user}@linux.test:${there}`, back);
    t.is(down.code, 0, down.stderr);
    t.deepEqual(await readFile(back), content);
  });

  withPrograms(`OpenSSH through ${program} is refused a host that no rule allows`, async (t) => {
    const { sshd, tidegate } = await world();
    const options = [...sshd.options, '-o', `ProxyCommand=${command(tidegate.port)}`, '-p', String(sshd.port)];
    const ran = await run('ssh', [...options, `${sshd.user}@denied.test`, 'true']);
    t.is(ran.code, 255);
    t.regex(ran.stderr, program === 'nc' ? /403 Egress denied: no rule allows this destination/ : /status code 403/);
  });
}
