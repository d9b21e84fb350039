import test from 'ava';
import { setMode } from '../fixtures/policy-mode.js';
import type { Line } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';
import { startClient } from './clients.js';
import type { DotnetProgram, Outcome } from './dotnet-program.js';
import { startSites, USER, type Sites } from './sites.js';

/** With the default of `users.challenge`, .NET has its user asked for where a rule needs it, and goes without elsewhere. */
let sites: Sites | undefined;
const clients: DotnetProgram[] = [];

async function openSites(): Promise<Sites> {
  return (sites ??= await startSites());
}

test.after.always(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await sites?.close();
});

interface Answer {
  readonly status: number;
}

/** The status that a new HttpClient gets for each URL, or that of the refused tunnel. */
async function statuses({ recorder, trusted }: Sites, proxy: object, urls: readonly string[]): Promise<string[]> {
  const client = await startClient('http', { proxy: { host: '127.0.0.1', port: recorder.port, ...proxy }, trusted });
  clients.push(client);
  const outcome = await client.ask<Outcome<Answer>[]>({ urls });
  if (!outcome.ok) throw new Error(outcome.chain.join('\n'));
  return outcome.value.map((one) =>
    one.ok ? String(one.value.status) : ((/status code '(\d+)'/.exec(one.chain.join()) ?? [])[1] ?? one.chain.join()),
  );
}

/** The verdict, the host, the method and the user of a decision. */
function summary({ verdict, destination, method, client }: Line): readonly unknown[] {
  return [verdict, (destination as Line)['host'], method, (client as Line)['user'] ?? 'no user'];
}

const withDotnet = testWith('dotnet');

withDotnet('HttpClient goes without its user where a rule lets everyone pass, and logs in where it must', async (t) => {
  const open = await openSites();
  const urls = [
    `${open.plain('a.sites.test')}/page`,
    `${open.secure('users.test')}/page`,
    `${open.plain('users.test')}/page`,
    `${open.plain('denied.test')}/page`,
  ];
  const before = (await open.decisions()).length;
  t.deepEqual(await statuses(open, USER, urls), ['200', '200', '200', '403']);
  t.deepEqual((await open.decisions()).slice(before).map(summary), [
    ['allowed', 'a.sites.test', 'GET', 'no user'],
    ['allowed', 'users.test', 'CONNECT', USER.user],
    ['allowed', 'users.test', 'GET', USER.user],
    ['denied', 'denied.test', 'GET', 'no user'],
  ]);
});

withDotnet(
  'HttpClient without a user is asked where a user would pass, and refused with a wrong password',
  async (t) => {
    const open = await openSites();
    const urls = [`${open.plain('users.test')}/page`, `${open.secure('users.test')}/page`];
    const before = (await open.decisions()).length;
    t.deepEqual(await statuses(open, {}, urls), ['407', '407']);
    t.deepEqual((await open.decisions()).slice(before), []);
    t.deepEqual(await statuses(open, { ...USER, password: 'guess' }, urls), ['407', '407']);
    const refused = (await open.decisions()).slice(before);
    t.deepEqual(
      refused.map(({ reason }) => reason),
      ['credentials_rejected', 'credentials_rejected'],
    );
  },
);

withDotnet('a day of HttpClient that is observed and then enforced: no attempt changes its user', async (t) => {
  const open = await openSites();
  const urls = [
    `${open.plain('a.sites.test')}/page`,
    `${open.secure('users.test')}/page`,
    `${open.secure('b.sites.test')}/page`,
    `${open.plain('users.test')}/page`,
    `${open.plain('c.sites.test')}/page`,
    `${open.secure('denied.test')}/page`,
  ];
  const day = async (mode: 'observe' | 'enforce'): Promise<unknown[]> => {
    await setMode(open.tidegate, mode);
    const before = (await open.decisions()).length;
    await statuses(open, USER, urls);
    return (await open.decisions()).slice(before).map(summary);
  };
  const observed = await day('observe');
  t.deepEqual(await day('enforce'), observed);
  t.deepEqual(
    observed.map((decision) => (decision as readonly unknown[]).at(-1)),
    ['no user', USER.user, 'no user', USER.user, 'no user', 'no user'],
  );
});
