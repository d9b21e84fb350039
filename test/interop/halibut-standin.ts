import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext, Implementation } from 'ava';
import { makeFolder } from '../fixtures/folder.js';
import { observe, type Driver, type Told } from '../standins/halibut/behaviour.js';
import { HalibutClient } from '../standins/halibut/client.js';
import { uriOf, type EndPoint } from '../standins/halibut/connection.js';
import { DataStream } from '../standins/halibut/messages.js';
import { OCTOPUS } from '../standins/halibut/world.js';
import { startDotnet, type DotnetProgram, type Outcome } from './dotnet-program.js';
import { digestOf } from './pattern.js';

const GOLDEN = fileURLToPath(new URL('../../../test/standins/halibut/behaviour.golden', import.meta.url));

/** Declares the tests that hold the stand-in of Halibut to the real one, whose program they are given when they run. */
export function compareWithStandIn(
  declare: (title: string, run: Implementation<[]>) => void,
  program: () => string,
): void {
  declare('Halibut answers every question as its stand-in does', async (t) => {
    t.timeout(600_000); // it waits a second between its tries, and tries are what most questions are about
    const driver = await realHalibut(t, program());
    t.deepEqual(await observe(driver), JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });

  declare("Halibut's Tentacle obeys the stand-in, and packages go both ways", async (t) => {
    const folder = await makeFolder();
    t.teardown(folder.remove);
    const certificate = join(folder.path, 'tentacle.pfx');
    const [thumbprint] = await certificates(program(), certificate);
    const end = start(t, program(), 'tentacle', { certificate, trust: OCTOPUS.thumbprint });
    const to = {
      host: '127.0.0.1',
      port: (await end.line<{ port: number }>()).port,
      thumbprint,
      proxy: 'none',
    } as const;
    const client = new HalibutClient({ certificate: OCTOPUS });
    t.is(await client.discover(to), thumbprint);
    t.is(await client.call(to, 'IDeployment', 'Say', 'the stand-in'), 'the stand-in, said the Tentacle');
    const size = 5_000_000;
    const given = await client.call(to, 'IDeployment', 'Give', size);
    t.true(given instanceof DataStream && given.length === size && given.digest === digestOf(size));
    const taken = await client.call(to, 'IDeployment', 'Take', new DataStream(size, [Buffer.alloc(size)]));
    t.like(taken, { Length: size });
    t.is(client.opened, 2, 'one connection for the discovery, one for all calls');
    await client.close();
  });
}

function start(t: ExecutionContext, program: string, end: string, setup: object): DotnetProgram {
  const started = startDotnet(program, [end, JSON.stringify(setup)]);
  t.teardown(() => started.close());
  return started;
}

/** Makes a certificate in a file, and gives its thumbprint. */
async function certificates(program: string, file: string): Promise<readonly [thumbprint: string]> {
  const maker = startDotnet(program, ['certificates', JSON.stringify([file])]);
  const [thumbprint = ''] = await maker.line<string[]>();
  await maker.close();
  return [thumbprint];
}

/** The real library as a driver: a server for each proxy, since that is how the program takes one. */
async function realHalibut(t: ExecutionContext, program: string): Promise<Driver> {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const certificate = join(folder.path, 'server.pfx');
  const [thumbprint] = await certificates(program, certificate);
  let current: { readonly proxy: string; readonly server: DotnetProgram } | 'none' = 'none';
  const close = async (): Promise<void> => {
    const ending = current;
    current = 'none';
    if (ending !== 'none') await ending.server.close();
  };
  t.teardown(close);
  const serverFor = async ({ proxy }: Pick<EndPoint, 'proxy'>): Promise<DotnetProgram> => {
    const key = JSON.stringify(proxy);
    if (current !== 'none' && current.proxy === key) return current.server;
    await close();
    const record =
      proxy === 'none' ? null : { host: proxy.host, port: proxy.port, user: proxy.userName, password: proxy.password };
    const server = startDotnet(program, ['server', JSON.stringify({ certificate, proxy: record })]);
    current = { proxy: key, server };
    await server.line();
    return server;
  };
  const ask = async <T>(to: Omit<EndPoint, 'thumbprint'>, step: object): Promise<Outcome<T>> =>
    (await serverFor(to)).ask<T>({ endPoint: uriOf(to), ...step });
  return {
    thumbprint,
    say: async (to) => told(await ask<string[]>(to, { task: 'call', thumbprint: to.thumbprint })),
    discover: async (to) => told(await ask<string>(to, { task: 'discover' })),
    close,
  };
}

function told(outcome: Outcome<string | string[]>): Told {
  if (!outcome.ok) return { kind: 'exception', message: outcome.message };
  return { kind: 'value', value: [outcome.value].flat().join() };
}
