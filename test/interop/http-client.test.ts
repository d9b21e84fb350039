import test from 'ava';
import { testWith } from '../programs.js';
import { startClient } from './clients.js';
import type { DotnetProgram, Outcome } from './dotnet-program.js';
import { digestOf } from './pattern.js';
import { PAGE, startSites, USER, type Sites } from './sites.js';

/** What HttpClient got. */
interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
  readonly length: number;
  readonly sha256: string;
}

/** Anyone may ask; and only who has a password. */
let open: Sites | undefined;
let closed: Sites | undefined;
const clients: DotnetProgram[] = [];

async function openSites(): Promise<Sites> {
  return (open ??= await startSites());
}

async function closedSites(): Promise<Sites> {
  return (closed ??= await startSites({ users: { challenge: 'always' } }));
}

test.after.always(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([open?.close(), closed?.close()]);
});

/** An HttpClient of its own: pool, cookies and credentials are nobody else's. */
async function httpClient(sites: Sites, proxy: object = {}, setup: object = {}): Promise<Fetch> {
  const record = { host: '127.0.0.1', port: sites.recorder.port, ...proxy };
  const client = await startClient('http', { proxy: record, trusted: sites.trusted, ...setup });
  clients.push(client);
  return fetching(client);
}

/** Sends one request to each URL, and gives what came of each. */
type Fetch = (urls: readonly string[], how?: object) => Promise<Outcome<Answer>[]>;

function fetching(client: DotnetProgram): Fetch {
  return async (urls, how = {}) => {
    const outcome = await client.ask<Outcome<Answer>[]>({ urls, ...how });
    if (!outcome.ok) throw new Error(outcome.chain.join('\n'));
    return outcome.value;
  };
}

function answered(outcome: Outcome<Answer> | undefined): Answer {
  if (outcome?.ok !== true) throw new Error(outcome?.chain.join('\n') ?? 'no outcome');
  return outcome.value;
}

function thrown(outcome: Outcome<Answer> | undefined): string {
  if (outcome?.ok !== false) throw new Error(`answered: ${JSON.stringify(outcome)}`);
  return outcome.chain.join('\n');
}

const withDotnet = testWith('dotnet');

withDotnet('HttpClient gets a page plainly and over https, which nobody opens on the way', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const before = sites.recorder.connections.length;
  const [plain, secure] = await fetch([`${sites.plain('a.sites.test')}/page`, `${sites.secure('a.sites.test')}/page`]);
  t.is(answered(plain).text, PAGE);
  // It trusts that server's own certificate and no other.
  t.is(answered(secure).text, PAGE);
  const [first, second] = sites.recorder.connections.slice(before);
  t.true(first?.sent().startsWith(`GET ${sites.plain('a.sites.test')}/page HTTP/1.1\r\nHost: a.sites.test:`));
  const { host } = new URL(sites.secure('a.sites.test'));
  t.true(second?.sent().startsWith(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n\x16\x03`));
  t.is(second?.answers[0], 'HTTP/1.1 200 Connection established\r\n\r\n');
});

withDotnet('HttpClient is told the status and our page where a plain request is denied', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const [denied] = await fetch([`${sites.plain('denied.test')}/page`]);
  const { status, reason, text, headers } = answered(denied);
  t.log(status, reason);
  t.is(status, 403);
  t.regex(reason, /^Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)$/);
  t.is(text, `tidegate: ${reason}\n`);
  t.true(reason.includes(headers['x-tidegate-attempt']?.[0] ?? 'no id'));
});

withDotnet('HttpClient is told the status alone where a tunnel is denied', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const [denied] = await fetch([`${sites.secure('denied.test')}/page`]);
  t.log(thrown(denied));
  t.regex(thrown(denied), /HttpRequestException: The proxy tunnel request to proxy '.*' failed with status code '403'/);
  const last = (await sites.decisions()).at(-1);
  t.is(last?.['reason'], 'destination_not_allowed');
});

withDotnet(
  'HttpClient sends its requests to many hosts over one connection, and each is decided by itself',
  async (t) => {
    const sites = await openSites();
    const fetch = await httpClient(sites);
    const before = sites.recorder.connections.length;
    const hosts = ['a.sites.test', 'b.sites.test', 'denied.test', 'c.sites.test', 'denied.test', 'a.sites.test'];
    const outcomes = await fetch(hosts.map((host) => `${sites.plain(host)}/page`));
    const statuses = outcomes.map((outcome) => answered(outcome).status);
    t.deepEqual(statuses, [200, 200, 403, 200, 403, 200]);
    t.is(sites.recorder.connections.length - before, 1);
  },
);

withDotnet('HttpClient opens tunnels to many hosts at once, and uses each again', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const before = (await sites.decisions()).length;
  const hosts = ['a.sites.test', 'b.sites.test', 'c.sites.test'];
  const urls = Array.from({ length: 30 }, (_, index) => `${sites.secure(hosts[index % 3] ?? '')}/page`);
  const outcomes = await fetch(urls, { atOnce: true });
  t.true(outcomes.every((outcome) => answered(outcome).text === PAGE));
  const opened = (await sites.decisions()).length - before;
  t.true(opened <= 30);
  const again = await fetch(urls.slice(0, 3));
  t.true(again.every((outcome) => answered(outcome).text === PAGE));
  t.is((await sites.decisions()).length - before, opened);
});

withDotnet(
  'HttpClient sends its credentials once it is asked, on the same connection, and that is no denial',
  async (t) => {
    const sites = await closedSites();
    const fetch = await httpClient(sites, USER);
    const before = { connections: sites.recorder.connections.length, decisions: (await sites.decisions()).length };
    const [secure, plain] = await fetch([`${sites.secure('users.test')}/page`, `${sites.plain('users.test')}/page`]);
    t.is(answered(secure).text, PAGE);
    t.is(answered(plain).text, PAGE);
    const [tunnel, proxied, ...others] = sites.recorder.connections.slice(before.connections);
    t.deepEqual(others, []);
    const basic = /Proxy-Authorization: Basic d2ViLm5vZGUxOmNvcnJlY3QtaG9yc2U=\r\n/;
    const [unasked = '', asked = ''] = tunnel?.sent().split('\r\n\r\n') ?? [];
    t.notRegex(`${unasked}\r\n`, basic);
    t.regex(`${asked}\r\n`, basic);
    t.regex(tunnel?.answered() ?? '', /^HTTP\/1\.1 407 Proxy authentication required\r\n/);
    t.is(proxied?.sent().match(/^GET /gm)?.length, 2);
    const records = (await sites.decisions()).slice(before.decisions);
    t.deepEqual(
      records.map(({ verdict, client }) => [verdict, (client as { user?: string }).user]),
      [
        ['allowed', USER.user],
        ['allowed', USER.user],
      ],
    );
  },
);

withDotnet('HttpClient is asked for Basic and nothing else', async (t) => {
  const sites = await closedSites();
  const fetch = await httpClient(sites);
  const [asked] = await fetch([`${sites.plain('users.test')}/page`]);
  t.is(answered(asked).status, 407);
  t.deepEqual(answered(asked).headers['proxy-authenticate'], ['Basic realm="tidegate"']);
});

withDotnet('HttpClient with a wrong password is refused by its second 407, plainly and in a tunnel', async (t) => {
  const sites = await closedSites();
  const fetch = await httpClient(sites, { ...USER, password: 'guess' });
  const [plain, secure] = await fetch([`${sites.plain('users.test')}/page`, `${sites.secure('users.test')}/page`]);
  t.is(answered(plain).status, 407);
  t.regex(answered(plain).reason, /^Egress refused: the proxy user name or password is wrong \(attempt /);
  t.log(thrown(secure));
  t.regex(thrown(secure), /failed with status code '407'/);
});

withDotnet('HttpClient with empty credentials, as Octopus sets them up, is nobody in particular', async (t) => {
  const sites = await closedSites();
  const fetch = await httpClient(sites, {}, { nullCredentials: true });
  const before = { connections: sites.recorder.connections.length, decisions: (await sites.decisions()).length };
  const [secure, plain] = await fetch([`${sites.secure('users.test')}/page`, `${sites.plain('users.test')}/page`]);
  t.regex(thrown(secure), /failed with status code '407'/);
  t.is(answered(plain).status, 407);
  const [tunnel] = sites.recorder.connections.slice(before.connections);
  t.regex(tunnel?.sent() ?? '', /Proxy-Authorization: Basic Og==\r\n/);
  // It gave no wrong password: it gave none.
  t.is((await sites.decisions()).length, before.decisions);
});

withDotnet('HttpClient uploads with a length and in chunks, plainly and in a tunnel', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const uploadBytes = 10_000_000;
  const urls = [`${sites.plain('a.sites.test')}/digest`, `${sites.secure('a.sites.test')}/digest`];
  for (const chunked of [false, true]) {
    for (const method of ['POST', 'PUT']) {
      const outcomes = await fetch(urls, { method, uploadBytes, chunked });
      const told = `${method} ${uploadBytes} ${digestOf(uploadBytes)} ${chunked ? 'chunked' : 'none'} none`;
      t.deepEqual(
        outcomes.map((outcome) => answered(outcome).text),
        [told, told],
      );
    }
  }
});

withDotnet(
  'HttpClient that expects a 100 sends its body after the origin has said so, and none where it is denied',
  async (t) => {
    const sites = await openSites();
    const fetch = await httpClient(sites);
    const how = { method: 'POST', uploadBytes: 1_000_000, expectContinue: true };
    const [allowed] = await fetch([`${sites.plain('a.sites.test')}/digest`], how);
    t.is(answered(allowed).text, `POST 1000000 ${digestOf(1_000_000)} none 100-continue`);
    // On a connection of its own, to see what it sends there.
    const another = await httpClient(sites);
    const [denied] = await another([`${sites.plain('denied.test')}/digest`], how);
    t.is(answered(denied).status, 403);
    const sent = sites.recorder.connections.at(-1)?.sent() ?? '';
    t.is(sent.indexOf('\r\n\r\n') + 4, sent.length, 'a body was sent although none was asked for');
  },
);

withDotnet('HttpClient downloads 1 GB, plainly and in a tunnel, every byte of it right', async (t) => {
  const sites = await openSites();
  const fetch = await httpClient(sites);
  const size = 1_000_000_000;
  const [plain, secure] = await fetch(
    [sites.plain('a.sites.test'), sites.secure('a.sites.test')].map((site) => `${site}/bytes/${size}`),
  );
  t.log(`plain ${plain?.seconds ?? 0} s, tunnel ${secure?.seconds ?? 0} s`);
  const sha256 = digestOf(size);
  for (const outcome of [plain, secure]) {
    t.is(answered(outcome).length, size);
    t.is(answered(outcome).sha256, sha256);
  }
});

withDotnet(
  'HttpClient cancels while it waits and in the middle of an answer; the origin is let go, and the next request passes',
  async (t) => {
    t.timeout(900_000);
    const sites = await openSites();
    const fetch = await httpClient(sites);
    for (const [index, site] of [sites.plain('b.sites.test'), sites.secure('b.sites.test')].entries()) {
      const before = (await sites.decisions()).length;
      const [waiting] = await fetch([`${site}/never`], {
        cancelWhen: `${sites.plain('127.0.0.1')}/asked/${index + 1}`,
      });
      t.regex(thrown(waiting), /TaskCanceledException/);
      const [reading] = await fetch([`${site}/bytes/1000000000`], { cancelAfterBytes: 100_000 });
      t.regex(thrown(reading), /OperationCanceledException/);
      const cancelled = (await sites.decisions()).slice(before);
      t.is(cancelled.length, 2);
      for (const { attempt } of cancelled) {
        // While it waits, a client that has gone looks like one that has ended its half, until the system knows better.
        const close = await sites.tidegate.recorded(
          (line) => line['kind'] === 'close' && line['attempt'] === attempt,
          'the end of a cancelled request',
          300_000,
        );
        t.is(close['ended_by'], 'client');
      }
      const [next] = await fetch([`${site}/page`]);
      t.is(answered(next).text, PAGE);
    }
  },
);

withDotnet('HttpClient takes its proxy and credentials from the environment, as in a container', async (t) => {
  const sites = await closedSites();
  const url = `http://${USER.user}:${USER.password}@127.0.0.1:${sites.recorder.port}`;
  const environment = { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: 'localhost,.internal.test' };
  const client = await startClient('http', { trusted: sites.trusted }, environment);
  clients.push(client);
  const outcomes = await fetching(client)([`${sites.plain('users.test')}/page`, `${sites.secure('users.test')}/page`]);
  t.deepEqual(
    outcomes.map((outcome) => answered(outcome).text),
    [PAGE, PAGE],
  );
  const decision = (await sites.decisions()).at(-1);
  t.is((decision?.['client'] as { user?: string }).user, USER.user);
});
