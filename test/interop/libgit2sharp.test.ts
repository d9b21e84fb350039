import { join } from 'node:path';
import test from 'ava';
import { gitBackend, makeRepository } from '../clients/git-server.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { testWith } from '../programs.js';
import { startClient } from './clients.js';
import type { DotnetProgram, Outcome } from './dotnet-program.js';
import { startSites, USER, type Sites } from './sites.js';

/** A commit: what a clone, a fetch or a push came to. */
interface Tip {
  readonly sha: string;
  readonly messageShort: string;
}

interface World {
  readonly folder: Folder;
  readonly sites: Sites;
}

const worlds: World[] = [];
const clients: DotnetProgram[] = [];

/** A Git server with one repository, behind tidegate. */
async function world(config: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const folder = await makeFolder();
  await makeRepository(folder.path);
  const sites = await startSites(config, gitBackend(folder.path));
  const made = { folder, sites };
  worlds.push(made);
  return made;
}

test.after.always(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(
    worlds.map(async ({ sites, folder }) => {
      await sites.close();
      await folder.remove();
    }),
  );
});

type Git = (task: string, site: string, path: string) => Promise<Outcome<Tip>>;

async function libgit2({ sites, folder }: World, credentials: object = {}): Promise<Git> {
  const proxy = { host: '127.0.0.1', port: sites.recorder.port, ...credentials };
  const client = await startClient('git', { proxy, thumbprint: sites.thumbprint });
  clients.push(client);
  return (task, site, path) => client.ask<Tip>({ task, url: `${site}/project.git`, path: join(folder.path, path) });
}

function tip(outcome: Outcome<Tip>): Tip {
  if (!outcome.ok) throw new Error(outcome.chain.join('\n'));
  return outcome.value;
}

function thrown(outcome: Outcome<Tip>): string {
  if (outcome.ok) throw new Error('it went through');
  return `${outcome.type}: ${outcome.message}`;
}

/** The class of whatever goes wrong. */
const EXCEPTION = 'LibGit2Sharp.LibGit2SharpException';

const withGit = testWith('dotnet', 'git');

/** What is at the tip of the server's branch. */
async function atServer({ folder }: World): Promise<string> {
  const ran = await run('git', ['-C', join(folder.path, 'project.git'), 'log', '-1', '--format=%s', 'main']);
  return ran.stdout.trim();
}

withGit('LibGit2Sharp clones, fetches and pushes over https', async (t) => {
  const here = await world();
  const site = here.sites.secure('git.sites.test');
  const git = await libgit2(here);
  t.is(tip(await git('clone', site, 'one')).messageShort, 'over the tide');
  t.is(tip(await git('clone', site, 'two')).messageShort, 'over the tide');
  const pushed = tip(await git('push', site, 'one'));
  t.is(await atServer(here), 'pushed through');
  t.is(tip(await git('fetch', site, 'two')).sha, pushed.sha);
  const decisions = await here.sites.decisions();
  t.deepEqual(
    new Set(decisions.map(({ verdict, request }) => `${String(verdict)} ${String(request)}`)),
    new Set(['allowed tunnel']),
  );
});

withGit('LibGit2Sharp gives its proxy credentials when it is asked for them', async (t) => {
  const here = await world({ users: { challenge: 'always' } });
  const site = here.sites.secure('users.test');
  const git = await libgit2(here, USER);
  t.is(tip(await git('clone', site, 'one')).messageShort, 'over the tide');
  tip(await git('push', site, 'one'));
  t.is(await atServer(here), 'pushed through');
  const users = (await here.sites.decisions()).map(({ client }) => (client as { user?: string }).user);
  t.deepEqual(new Set(users), new Set([USER.user]));
});

withGit('LibGit2Sharp with a wrong proxy password, or without one where it is needed, clones nothing', async (t) => {
  const here = await world({ users: { challenge: 'always' } });
  const site = here.sites.secure('users.test');
  const wrong = await libgit2(here, { ...USER, password: 'guess' });
  t.is(thrown(await wrong('clone', site, 'wrong')), `${EXCEPTION}: too many redirects or authentication replays`);
  const none = await libgit2(here);
  t.is(thrown(await none('clone', site, 'none')), `${EXCEPTION}: proxy authentication required but no callback set`);
  t.deepEqual(here.sites.requests, []);
});

withGit('LibGit2Sharp shows the status where it is denied, and nothing reaches the server', async (t) => {
  const here = await world();
  const git = await libgit2(here);
  const denied = await git('clone', here.sites.secure('denied.test'), 'denied');
  t.is(thrown(denied), `${EXCEPTION}: proxy returned unexpected status: 403`);
  t.is((await here.sites.decisions()).at(-1)?.['reason'], 'destination_not_allowed');
  t.deepEqual(here.sites.requests, []);
});

// libgit2/libgit2#5650: of proxies it knows CONNECT alone. If this fails, it has learnt the rest, and the docs can say so.
withGit('LibGit2Sharp over plain http goes around its proxy, so that only a firewall can hold it', async (t) => {
  const here = await world();
  const git = await libgit2(here);
  t.is(tip(await git('clone', here.sites.plain('localhost'), 'around')).messageShort, 'over the tide');
  t.deepEqual(here.sites.recorder.connections, []);
});
