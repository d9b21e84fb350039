import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeCertificate } from '../fixtures/certificate.js';
import { run, type Ran } from '../fixtures/program.js';
import { startTidegate, type Line } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { gitBackend, makeRepository } from './git-server.js';
import { PAGE, startWeb, type Web } from './web.js';

/*
 * With the default of `users.challenge`, clients reach what is for everyone (as a revocation list is) without a user, and all
 * else with theirs, without being set up for that: `www.test` is for everyone, `users.test` for web.node1.
 */

const USER = 'web.node1';
const CREDENTIALS = `${USER}:correct-horse`;

let web: Web;
test.before(async () => {
  web = await startWeb();
});
test.after.always(() => web.close());

/** The host and the user of each decision so far. */
async function decided(records: () => Promise<Line[]>): Promise<(readonly [unknown, unknown, unknown])[]> {
  return (await records())
    .filter(({ kind }) => kind === 'decision')
    .map(({ verdict, destination, client }) => {
      return [verdict, (destination as Line)['host'], (client as Line)['user'] ?? 'no user'] as const;
    });
}

const withCurl = testWith('curl');
const withGit = testWith('git');
const withJava = testWith('java', 'javac');

withCurl('curl that waits to be asked logs in where that helps, and nowhere else', async (t) => {
  const curl = (user: readonly string[], ...urls: readonly string[]): Promise<Ran> =>
    run('curl', [
      ...['-sS', '--max-time', '60', '-x', web.proxy, '--cacert', web.certificate, '--proxy-anyauth', ...user],
      ...urls.flatMap((url) => ['-o', '-', '-w', ' %{http_code} %{http_connect}\\n', url]),
    ]);
  const before = (await decided(web.tidegate.journal)).length;
  const urls = [`http://www.test:${web.plain.port}/`, `https://users.test:${web.secure.port}/`];
  const both = await curl(['--proxy-user', CREDENTIALS], ...urls);
  t.is(both.stdout, `${PAGE} 200 000\n${PAGE} 200 200\n`, both.stderr);
  const wrong = await curl(['--proxy-user', `${USER}:guess`], `https://users.test:${web.secure.port}/`);
  t.regex(wrong.stderr, /response 407/);
  const without = await curl([], `http://users.test:${web.plain.port}/`, `http://denied.test:${web.plain.port}/`);
  t.regex(without.stdout, /Proxy authentication required\n 407 000\n.*no rule allows this destination.* 403 000\n$/s);
  t.deepEqual((await decided(web.tidegate.journal)).slice(before), [
    ['allowed', 'www.test', 'no user'],
    ['allowed', 'users.test', USER],
    ['refused', 'users.test', 'no user'],
    ['denied', 'denied.test', 'no user'],
  ]);
});

withGit('git, which waits to be asked, clones with its user what only that user may', async (t) => {
  const host = 'git.test';
  const certificate = makeCertificate(host);
  const repositories = await web.tidegate.folder.write('repositories/certificate.pem', certificate.cert);
  const root = join(repositories, '..');
  await makeRepository(root);
  const server = createServer(certificate, gitBackend(root));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const tidegate = await startTidegate({
    policies: {
      'git.yaml': `policy: git
clients: { users: [${USER}] }
allow:
  - { id: git, to: [${host}], resolves-to: [127.0.0.0/8], protocol: tls, ports: [${port}] }
`,
    },
    users: { [USER]: 'correct-horse' },
    config: { hosts: { [host]: ['127.0.0.1'] } },
  });
  t.teardown(tidegate.discard);
  const clone = (credentials: string, into: string): Promise<Ran> =>
    run(
      'git',
      [
        ...['-c', `http.proxy=http://${credentials}127.0.0.1:${tidegate.port}`],
        ...['clone', '--quiet', `https://${host}:${port}/project.git`, join(root, into)],
      ],
      {
        environment: {
          GIT_SSL_CAINFO: repositories,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
        },
      },
    );
  const known = await clone(`${CREDENTIALS}@`, 'known');
  t.is(known.code, 0, known.stderr);
  const unknown = await clone('', 'unknown');
  t.not(unknown.code, 0);
  t.regex(unknown.stderr, /407/);
  const decisions = await decided(tidegate.journal);
  t.true(decisions.length > 0);
  for (const decision of decisions) t.deepEqual(decision, ['allowed', host, USER]);
});

withJava(
  'Java, which waits to be asked, logs in where that helps once its Basic for tunnels is switched on',
  async (t) => {
    const program = fileURLToPath(new URL('../../../test/clients/java/Fetch.java', import.meta.url));
    const java = (user: string, password: string, ...urls: readonly string[]): Promise<Ran> =>
      run('java', [
        '-Djdk.http.auth.tunneling.disabledSchemes=',
        ...[program, String(web.tidegate.port), user, password, web.certificate],
        ...urls,
      ]);
    const before = (await decided(web.tidegate.journal)).length;
    const [plain, secure] = [`http://www.test:${web.plain.port}/`, `https://users.test:${web.secure.port}/`];
    const both = await java(USER, 'correct-horse', plain, secure);
    t.is(both.stdout, `200 ${PAGE}\n200 ${PAGE}\n`, both.stderr);
    t.deepEqual((await decided(web.tidegate.journal)).slice(before), [
      ['allowed', 'www.test', 'no user'],
      ['allowed', 'users.test', USER],
    ]);
    const without = await java('', '', `http://users.test:${web.plain.port}/`);
    t.regex(without.stdout, /^407 tidegate: Proxy authentication required/, without.stderr);
  },
);
