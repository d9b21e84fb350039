import { spawn } from 'node:child_process';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from '../fixtures/certificate.js';
import { makeFolder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import type { Ran } from '../fixtures/program.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';

const withGit = testWith('git');

/** Lets Git's own CGI program answer, as a web server would (git-http-backend(1)). */
function backend(root: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'https://git.test');
    const child = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(child.stdin);
    const pieces: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => pieces.push(bytes));
    child.on('close', () => {
      const all = Buffer.concat(pieces);
      const end = all.indexOf('\r\n\r\n');
      const fields = all
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line) => line.split(/: */, 2));
      const status = fields.find(([name]) => name?.toLowerCase() === 'status')?.[1] ?? '200';
      response.writeHead(Number.parseInt(status, 10), Object.fromEntries(fields) as Record<string, string>);
      response.end(all.subarray(end + 4));
    });
  };
}

async function makeRepository(root: string): Promise<void> {
  const work = join(root, 'work');
  const git = async (...args: readonly string[]): Promise<void> => {
    const ran = await run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args]);
    if (ran.code !== 0) throw new Error(ran.stderr);
  };
  await git('init', '--quiet', '--initial-branch=main', work);
  await git('-C', work, 'commit', '--quiet', '--allow-empty', '-m', 'over the tide');
  await git('clone', '--quiet', '--bare', work, join(root, 'project.git'));
}

withGit('git clones over https through a tunnel, and is refused where no rule allows it', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await makeRepository(folder.path);
  const certificate = makeCertificate('git.test', 'denied.test');
  const server = createServer(certificate, backend(folder.path));
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
