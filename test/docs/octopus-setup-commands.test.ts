import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { carriedOut, folderOf } from '../cli/command.js';
import { freePort } from '../fixtures/free-port.js';
import type { Folder } from '../fixtures/folder.js';
import { run, type Ran } from '../fixtures/program.js';
import { PROGRAM, startTidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { readPage } from './page.js';

const { text: page, blocks } = readPage('octopus-setup.md');
const shell = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
const files = blocks.filter(({ language, title }) => language === 'yaml' && title.startsWith('/'));
const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url));

const OWNER = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;

/** The commands that stand in sentences and tables; not those that run the proxy, or lack a word. */
function commandsInText(): readonly string[] {
  const prose = page.replace(/^```[^]*?^```$/gm, '');
  const commands = [...prose.matchAll(/`(tidegate [^`…]+)`/g)].map(([, command = '']) => command);
  return [...new Set(commands)].filter((command) => !command.startsWith('tidegate run'));
}

/** A machine as the page describes it, small: where its paths, its address and its accounts lie here. */
interface Site {
  readonly folder: Folder;
  readonly here: (text: string) => string;
}

async function site(t: ExecutionContext): Promise<Site> {
  const folder = await folderOf(t);
  const port = await freePort();
  const here = (text: string): string =>
    text
      .replaceAll('/etc/tidegate', join(folder.path, 'etc'))
      .replaceAll('/var/lib/tidegate', join(folder.path, 'state'))
      .replaceAll('10.20.0.5:3128', `127.0.0.1:${port}`)
      .replaceAll('policies/groups', `${POLICIES}/groups`)
      .replace(/^useradd .*$/m, 'true')
      .replaceAll(/-o (root|tidegate) -g tidegate/g, '')
      .replaceAll('root:tidegate', OWNER);
  for (const { title, text } of files) {
    await folder.write(join('etc', title.replace(/: .*/, '').replace('/etc/tidegate/', '')), here(text));
  }
  const program = await folder.write('bin/tidegate', `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`);
  await chmod(program, 0o700);
  return { folder, here };
}

/** Runs a piece of the page as it stands, stopping at the first line that fails. */
function shellRun({ folder, here }: Site, text: string): Promise<Ran> {
  const path = `${join(folder.path, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  return run('bash', ['-euo', 'pipefail', '-c', here(text)], {
    cwd: folder.path,
    environment: { PATH: path },
    hungMs: 110_000,
  });
}

testWith(
  'bash',
  'openssl',
  'curl',
)('the page can be followed from its first line to a refusal in the trail', async (t) => {
  const place = await site(t);
  const { folder, here } = place;
  const [account = '', setUp = '', ask = '', through = ''] = shell;

  const prepared = await shellRun(place, account);
  t.is(prepared.code, 0, prepared.stderr);
  const made = await shellRun(place, setUp);
  t.is(made.code, 0, made.stderr + made.stdout);
  const passwords = new Map(
    [...made.stdout.matchAll(/^(\S+): ([0-9a-f]{48})$/gm)].map(([, name = '', password = '']) => [name, password]),
  );
  t.deepEqual([...passwords.keys()], ['web.node1', 'spaces-1.production', 'spaces-1.test', 'worker.dmz-01']);
  t.true((await readdir(join(folder.path, 'etc'))).includes('users'));
  // The group of the service account reads them, and nobody else.
  for (const [name, mode] of [
    ['users', 0o640],
    ['tidegate.yaml', 0o640],
    ['policies', 0o750],
  ] as const) {
    t.is((await stat(join(folder.path, 'etc', name))).mode & 0o777, mode, name);
  }

  const config = here('/etc/tidegate/tidegate.yaml');
  const tidegate = await startTidegate({ arguments: ['--config', config] });
  t.teardown(() => tidegate.discard());
  const asked = await shellRun(place, ask);
  t.is(asked.code, 0, asked.stderr + asked.stdout);
  t.regex(asked.stdout, /production\/tentacles/);

  const tried = await shellRun(place, through.replace('PASSWORD', passwords.get('spaces-1.production') ?? ''));
  t.is(tried.code, 0, tried.stderr);
  t.regex(
    tried.stdout,
    /^tidegate: Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)$/m,
  );
  t.regex(tried.stdout, /not-listed\.example/);

  const [, id = ''] = /\(attempt (\S+)\)/.exec(tried.stdout) ?? [];
  for (const command of commandsInText()) {
    const line = command.replace(/D257GE5Q\S+|ID$/, id).replace('NAME', 'spaces-1.production --password-stdin');
    const ran = await shellRun(place, `export TIDEGATE_CONFIG=/etc/tidegate/tidegate.yaml\necho wrong | ${line}`);
    // 1 is an answer: something was found, or a password was wrong.
    t.true(ran.code === 0 || ran.code === 1, `${line}: ${ran.code} ${ran.stderr}`);
  }
});

testWith('bash')('the policies of the page are right, and its cases hold', async (t) => {
  const { folder } = await site(t);
  const names = files.map(({ title }) => title.replace(/^.*\//, ''));
  t.deepEqual(names, [
    'tidegate.yaml',
    'production.yaml',
    'web.yaml',
    'test.yaml',
    'production.test.yaml',
    'site.yaml',
    'clusters.yaml',
  ]);
  const policies = join(folder.path, 'etc/policies');
  for (const name of await readdir(POLICIES)) {
    if (!name.startsWith('groups-')) continue;
    await folder.write(join('etc/policies', name), await readFile(join(POLICIES, name), 'utf8'));
  }
  const checked = await carriedOut(['policy', 'check', policies]);
  t.is(checked.code, 0, checked.stdout + checked.stderr);
  t.notRegex(checked.stdout + checked.stderr, /warning/i);
  const cases = await carriedOut(['policy', 'test', policies, '--json']);
  t.is(cases.code, 0, cases.stdout);
});
