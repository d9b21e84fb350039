import test, { type Implementation } from 'ava';
import { pause, until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { WITHOUT_HALIBUT } from '../skips.js';
import { build, type Build } from './build.js';
import { startDeadEnds } from './dead-ends.js';
import type { Outcome } from './dotnet-program.js';
import { compareWithStandIn } from './halibut-standin.js';
import { SPACE, startOctopus, type Octopus, type OctopusOptions } from './octopus.js';
import { digestOf } from './pattern.js';

/*
 * Octopus' own library, both ends, through tidegate. Where neither its package nor its assembly can be had, this whole
 * file is the one skipped test of `test/skips.ts`.
 */

type HalibutBuild = Build | { readonly kind: 'absent' } | { readonly kind: 'no_dotnet' };

async function buildHalibut(): Promise<HalibutBuild> {
  const built = await build('halibut', process.env['TIDEGATE_HALIBUT_ASSEMBLY'] ?? 'none').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'no_dotnet' } as const;
    throw error;
  });
  const absent = built.kind === 'failed' && /NU110[12]: Unable to find package Halibut\b/.test(built.said);
  return absent ? { kind: 'absent' } : built;
}

const halibut = await buildHalibut();
const started: Octopus[] = [];

async function octopus(options: OctopusOptions = {}): Promise<Octopus> {
  if (halibut.kind !== 'built') throw new Error('Halibut is not here');
  const made = await startOctopus(halibut.program, options);
  started.push(made);
  return made;
}

/** The one that most tests share. */
let shared: Octopus | undefined;
async function world(): Promise<Octopus> {
  return (shared ??= await octopus());
}

test.after.always(async () => {
  await Promise.all(started.map((one) => one.close()));
});

/** Declares a test of this file; where Halibut is not here, it is part of what the one skipped test stands for. */
function withHalibut(title: string, run: Implementation<[]>): void {
  if (halibut.kind === 'built') test.serial(title, run);
}

if (halibut.kind === 'absent') test.skip(WITHOUT_HALIBUT, (t) => t.pass());
if (halibut.kind === 'no_dotnet') testWith('dotnet')('Halibut goes through tidegate', (t) => t.pass());
if (halibut.kind === 'failed') test('the program for Halibut builds', (t) => t.fail(halibut.said));

/** The step that asks a Tentacle to do something, under a name. */
function ask(task: string, { tentaclePort, thumbprints }: Octopus, host = 'web1.tentacles.test', more: object = {}) {
  return { task, endPoint: `https://${host}:${tentaclePort}`, thumbprint: thumbprints.tentacle, ...more };
}

function done<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.chain.join('\n'));
  return outcome.value;
}

/** The exception's text, as a task log shows it. */
function thrown(outcome: Outcome<unknown>): string {
  if (outcome.ok) throw new Error(`it went through: ${JSON.stringify(outcome.value)}`);
  return `${outcome.type}: ${outcome.message}`;
}

const CALLED = ['call 0, said the Tentacle'];

/** What Halibut makes of an answer of ours: the status, and the reason phrase to its last byte. */
function clientException(endPoint: string, status: number, words: string): RegExp {
  const text = `Proxy destination ::ffff:127\\.0\\.0\\.1 on port \\d+ responded with a ${status} code - ${words.replace(/[()]/g, '\\$&')} \\(attempt [0-9A-HJKMNP-TV-Z]{16}\\)`;
  return new RegExp(
    `^Halibut\\.HalibutClientException: An error occurred when sending a request to '${endPoint}/', before the request could begin: ${text}$`,
  );
}

withHalibut('Halibut calls a Tentacle through a tunnel, in the bytes that were written down for it', async (t) => {
  const here = await world();
  const server = await here.server();
  const before = here.recorder.connections.length;
  t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
  const to = `web1.tentacles.test:${here.tentaclePort}`;
  const [connection] = here.recorder.connections.slice(before);
  t.true(connection?.sent().startsWith(`CONNECT ${to} HTTP/1.0\r\nHost: ${to}\r\n\r\n\x16\x03`));
  // One piece, whole, and nothing of the Tentacle's in it.
  t.is(connection?.answers[0], 'HTTP/1.1 200 Connection established\r\n\r\n');
});

withHalibut('Halibut sends a package of 100 MB and fetches one, every byte of them right', async (t) => {
  const here = await world();
  const server = await here.server();
  const size = 100_000_000;
  const digest = { length: size, sha256: digestOf(size) };
  t.deepEqual(done(await server.ask(ask('send', here, undefined, { bytes: size }))), digest);
  t.deepEqual(done(await server.ask(ask('fetch', here, undefined, { bytes: size }))), digest);
});

withHalibut('Halibut makes 50 calls at once, and each tunnel has its end in the journal', async (t) => {
  const here = await world();
  const server = await here.server();
  const before = (await here.decisions()).length;
  const answers = done(await server.ask<string[]>(ask('call', here, undefined, { times: 50 })));
  t.deepEqual(
    answers,
    Array.from({ length: 50 }, (_, index) => `call ${index}, said the Tentacle`),
  );
  await server.close();
  const opened = (await here.decisions()).slice(before);
  t.true(opened.every(({ verdict }) => verdict === 'allowed'));
  t.log(`${opened.length} tunnels`);
  const attempts = new Set(opened.map(({ attempt }) => attempt));
  await until(
    async () =>
      (await here.tidegate.journal()).filter(({ kind, attempt }) => kind === 'close' && attempts.has(attempt))
        .length === attempts.size,
    () => 'a tunnel has no end in the journal',
  );
});

withHalibut('Halibut discovers the thumbprint of a Tentacle', async (t) => {
  const here = await world();
  const server = await here.server();
  t.is(done(await server.ask({ ...ask('discover', here), thumbprint: null })), here.thumbprints.tentacle);
});

withHalibut('Halibut is told why where it discovers a Tentacle that it may not reach', async (t) => {
  const here = await world();
  const server = await here.server();
  const denied = await server.ask(ask('discover', here, 'denied.test'));
  t.log(thrown(denied));
  t.regex(
    thrown(denied),
    /responded with a 403 code - Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)/,
  );
});

withHalibut(
  'Halibut uses a connection again after an idle time longer than any that tidegate waits elsewhere',
  async (t) => {
    const here = await octopus({ config: { timeouts: { head: '1s', idle: '1s', stalled: '1s', response: '1s' } } });
    const server = await here.server();
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    await pause(4_000);
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    t.is((await here.decisions()).length, 1);
  },
);

withHalibut('Halibut opens another tunnel, and its caller notices nothing, where an idle one was closed', async (t) => {
  const here = await octopus({ config: { timeouts: { 'tunnel-idle': '1s' } } });
  const server = await here.server();
  t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
  await here.tidegate.recorded(({ kind }) => kind === 'close', 'the end of the idle tunnel');
  t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
  t.is((await here.decisions()).length, 2);
});

withHalibut(
  'Halibut opens another tunnel, and its caller notices nothing, where the Tentacle has hung up',
  async (t) => {
    const here = await octopus({ patienceSeconds: 1 });
    const server = await here.server();
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    await pause(4_000);
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    t.is((await here.decisions()).length, 2);
    // The server does not look after its idle connections: the end of the first tunnel comes with the next call.
    const [first] = await here.decisions();
    await here.tidegate.recorded(
      ({ kind, attempt }) => kind === 'close' && attempt === first?.['attempt'],
      'the end of the tunnel that the Tentacle left',
    );
  },
);

withHalibut('Halibut sends its proxy credentials unasked, and reaches with them what the user may reach', async (t) => {
  const here = await world();
  const server = await here.server(SPACE);
  t.deepEqual(done(await server.ask(ask('call', here, 'users.test'))), CALLED);
  t.regex(
    here.recorder.connections.at(-1)?.sent() ?? '',
    /\r\nProxy-Authorization: Basic c3BhY2VzLTEucHJvZHVjdGlvbjpjb3JyZWN0LWhvcnNl\r\n\r\n/,
  );
  t.is(((await here.decisions()).at(-1)?.['client'] as { user?: string }).user, SPACE.user);
  t.is(done(await server.ask(ask('discover', here, 'users.test'))), here.thumbprints.tentacle);
  const nobody = await here.server();
  const denied = await nobody.ask(ask('call', here, 'users.test', { tries: 1 }));
  t.log(thrown(denied));
  t.regex(thrown(denied), /responded with a 407 code - Proxy authentication required$/m);
});

withHalibut('Halibut with a wrong proxy password shows the 407 and its reason', async (t) => {
  const here = await world();
  const server = await here.server({ ...SPACE, password: 'guess' });
  const refused = await server.ask(ask('call', here, 'users.test', { tries: 1 }));
  t.log(thrown(refused));
  const endPoint = `https://users\\.test:${here.tentaclePort}`;
  t.regex(thrown(refused), clientException(endPoint, 407, 'Egress refused: the proxy user name or password is wrong'));
});

withHalibut('Halibut denied by name tries five times and shows the reason, with the id of its last try', async (t) => {
  const here = await world();
  const server = await here.server();
  const before = (await here.decisions()).length;
  const denied = await server.ask(ask('call', here, 'denied.test'));
  t.log(thrown(denied));
  const endPoint = `https://denied\\.test:${here.tentaclePort}`;
  t.regex(thrown(denied), clientException(endPoint, 403, 'Egress denied: no rule allows this destination'));
  const tries = (await here.decisions()).slice(before);
  t.deepEqual(
    tries.map(({ reason }) => reason),
    Array.from({ length: 5 }, () => 'destination_not_allowed'),
  );
  t.true(thrown(denied).includes(String(tries.at(-1)?.['attempt'])));
});

withHalibut('Halibut denied by port shows the reason and the rule that came near', async (t) => {
  const here = await world();
  const server = await here.server();
  const endPoint = `https://web1.tentacles.test:${here.serverPort}`;
  const denied = await server.ask({ ...ask('call', here), endPoint, tries: 1 });
  t.log(thrown(denied));
  t.regex(
    thrown(denied),
    clientException(endPoint, 403, 'Egress denied: no rule allows this port \\[rule tentacles/tentacles\\]'),
  );
  t.true(thrown(denied).includes(String((await here.decisions()).at(-1)?.['attempt'])));
});

/** The checks of the newest close record: what was pinned, and what came of it. */
async function outcomes({ tidegate }: Octopus): Promise<unknown> {
  const closes = (await tidegate.journal()).filter(({ kind }) => kind === 'close');
  const checks = closes.at(-1)?.['checks'];
  if (!Array.isArray(checks)) throw new Error('nothing was looked at');
  return Object.fromEntries(checks.map(({ fact, outcome }: { fact: string; outcome: string }) => [fact, outcome]));
}

withHalibut('Halibut calls a Tentacle whose thumbprint the rule pins, proven by a probe in TLS 1.3', async (t) => {
  const here = await octopus({ pins: ({ tentacle }) => `    thumbprints: [${tentacle}]\n` });
  const server = await here.server();
  t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
  await server.close();
  await until(
    async () => (await here.tidegate.journal()).some(({ kind }) => kind === 'close'),
    () => 'the tunnel does not end with its server',
  );
  t.log(await outcomes(here));
  t.like(await outcomes(here), { server_name: 'verified', thumbprint: 'probed', client_thumbprint: 'not_checked' });
});

withHalibut(
  'Halibut denied by thumbprint gets an alert, and the record says what was pinned and what was seen',
  async (t) => {
    const here = await octopus({ pins: ({ server }) => `    thumbprints: [${server}]\n` });
    const server = await here.server();
    const denied = await server.ask({ ...ask('call', here), tries: 1 });
    t.log(thrown(denied), denied.ok ? [] : denied.chain);
    t.false(denied.ok);
    t.like(await outcomes(here), { server_name: 'verified', thumbprint: 'mismatch' });
    const close = (await here.tidegate.journal()).findLast(({ kind }) => kind === 'close');
    t.is(close?.['ended_by'], 'thumbprint_mismatch');
    t.true(JSON.stringify(close).includes(here.thumbprints.tentacle));
  },
);

withHalibut('Halibut itself turns away a Tentacle with another thumbprint, for nobody stands in between', async (t) => {
  const here = await world();
  const server = await here.server();
  const other = await server.ask({ ...ask('call', here), thumbprint: here.thumbprints.server, tries: 1 });
  t.log(thrown(other));
  t.true(thrown(other).includes(`it presented a certificate with a thumbprint of '${here.thumbprints.tentacle}'`));
});

withHalibut('Halibut shows why each dead end could not be reached, before its own time-out', async (t) => {
  const here = await world();
  const deadEnds = await startDeadEnds();
  t.teardown(deadEnds.close);
  const told = deadEnds.all.map(async ({ host, port, status, words }) => {
    const server = await here.server({ port: deadEnds.tidegate.port });
    const endPoint = `https://${host}:${port}`;
    const failed = await server.ask({ ...ask('call', here), endPoint, tries: 1 });
    t.log(thrown(failed));
    t.regex(thrown(failed), clientException(endPoint, status, words));
  });
  await Promise.all(told);
});

withHalibut('a polling Tentacle goes out through tidegate to its server, which calls it', async (t) => {
  const here = await world();
  await here.poll(`https://octopus.test:${here.serverPort}`, 'poll://tentacle-1/');
  const call = { task: 'call', endPoint: 'poll://tentacle-1/', thumbprint: here.thumbprints.tentacle };
  t.deepEqual(done(await here.polledServer.ask(call)), CALLED);
  const size = 10_000_000;
  const digest = { length: size, sha256: digestOf(size) };
  t.deepEqual(done(await here.polledServer.ask({ ...call, task: 'send', bytes: size })), digest);
  t.deepEqual(done(await here.polledServer.ask({ ...call, task: 'fetch', bytes: size })), digest);
  const { verdict, rule } = (await here.decisions()).at(-1) ?? {};
  t.like({ verdict, rule }, { verdict: 'allowed', rule: { policy: 'polling', id: 'server' } });
});

const inRealTime = process.env['TIDEGATE_LONG'] === undefined ? (): void => undefined : withHalibut;

inRealTime(
  'Halibut uses a connection again that was idle for the nine minutes it keeps one, less a little',
  async (t) => {
    t.timeout(620_000);
    const here = await octopus();
    const server = await here.server();
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    await pause(525_000);
    t.deepEqual(done(await server.ask(ask('call', here))), CALLED);
    t.is((await here.decisions()).length, 1);
  },
);

compareWithStandIn(withHalibut, () => {
  if (halibut.kind !== 'built') throw new Error('Halibut is not here');
  return halibut.program;
});
