import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from '../fixtures/certificate.js';
import { makeFolder } from '../fixtures/folder.js';
import { run, type Ran } from '../fixtures/program.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { gitBackend, makeRepository } from './git-server.js';

const withGit = testWith('git');

withGit('git clones over https through a tunnel, and is refused where no rule allows it', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await makeRepository(folder.path);
  const certificate = makeCertificate('git.test', 'denied.test');
  const server = createServer(certificate, gitBackend(folder.path));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const tidegate = await startTidegate({
    policies: {
      'git.yaml': `policy: git
allow:
  - id: git
    to: [git.test]
    resolves-to: [127.0.0.0/8]
    protocol: tls
    ports: [${port}]
`,
    },
    config: { hosts: { 'git.test': ['127.0.0.1'], 'denied.test': ['127.0.0.1'] } },
  });
  t.teardown(tidegate.discard);
  const trusted = await folder.write('certificate.pem', certificate.cert);

  const clone = (host: string): Promise<Ran> =>
    run(
      'git',
      [
        ...['-c', `http.proxy=http://127.0.0.1:${tidegate.port}`],
        ...['clone', '--quiet', `https://${host}:${port}/project.git`, join(folder.path, host)],
      ],
      { environment: { GIT_SSL_CAINFO: trusted, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } },
    );

  const allowed = await clone('git.test');
  t.is(allowed.code, 0, allowed.stderr);
  const log = await run('git', ['-C', join(folder.path, 'git.test'), 'log', '--format=%s']);
  t.is(log.stdout, 'over the tide\n');

  const denied = await clone('denied.test');
  t.not(denied.code, 0);
  t.regex(denied.stderr, /CONNECT tunnel failed, response 403/);
});
