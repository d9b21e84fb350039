import { spawn } from 'node:child_process';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { run } from '../fixtures/program.js';

/** Lets Git's own CGI program answer for the repositories in `root`, as a web server would (git-http-backend(1)). */
export function gitBackend(root: string): RequestListener {
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

/** Makes `project.git` in `root`, with one commit on `main`, which anyone may fetch from and push to. */
export async function makeRepository(root: string): Promise<void> {
  const work = join(root, 'work');
  const git = async (...args: readonly string[]): Promise<void> => {
    const ran = await run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args]);
    if (ran.code !== 0) throw new Error(ran.stderr);
  };
  await git('init', '--quiet', '--initial-branch=main', work);
  await git('-C', work, 'commit', '--quiet', '--allow-empty', '-m', 'over the tide');
  const bare = join(root, 'project.git');
  await git('clone', '--quiet', '--bare', work, bare);
  await git('-C', bare, 'config', 'http.receivepack', 'true');
}
