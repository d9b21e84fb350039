import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Trust } from '../../../lib/outbox/receivers/index.js';
import { makeCertificate } from '../../fixtures/certificate.js';
import { type Folder, makeFolder } from '../../fixtures/folder.js';
import { until } from '../../fixtures/waiting.js';
import { testWith } from '../../programs.js';
import { trail } from '../feed-fixture.js';
import { type Came, recordIn, ship, survivesKills } from '../receiver-fixture.js';

const withRsyslog = testWith('rsyslogd');

/** A free port, to be given to a program. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function configuration(folder: Folder, port: number, secured: boolean): string {
  const tls = secured
    ? `global(defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${folder.path}/cert.pem"
        defaultNetstreamDriverCertFile="${folder.path}/cert.pem" defaultNetstreamDriverKeyFile="${folder.path}/key.pem")
      module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")`
    : 'module(load="imtcp")';
  return `global(workDirectory="${folder.path}" maxMessageSize="64k")
    ${tls}
    input(type="imtcp" port="${port}" address="127.0.0.1")
    template(name="plain" type="string" string="%syslogfacility-text%.%syslogseverity-text% %hostname% %app-name% %msgid% %msg%\\n")
    action(type="omfile" file="${folder.path}/stored" template="plain")
  `;
}

interface Rsyslog {
  readonly port: number;
  readonly stored: () => Promise<readonly Came[]>;
  readonly lines: () => Promise<readonly string[]>;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

async function rsyslog(
  t: ExecutionContext,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<Rsyslog> {
  const folder = await makeFolder(
    certificate === undefined ? {} : { 'key.pem': certificate.key, 'cert.pem': certificate.cert },
  );
  const port = await freePort();
  const path = await folder.write('rsyslog.conf', configuration(folder, port, certificate !== undefined));
  let child: ChildProcess | undefined;
  let said = '';
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const ended = new Promise((resolve) => running.once('close', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  const restart = async (): Promise<void> => {
    child = spawn('rsyslogd', ['-n', '-f', path, '-i', 'NONE'], {
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await until(
      () => answers(port),
      () => `rsyslogd does not listen: ${said}`,
    );
  };
  await restart();
  t.teardown(async () => {
    await kill();
    await folder.remove();
  });
  // The last line may be being written.
  const lines = async (): Promise<readonly string[]> =>
    (await readFile(join(folder.path, 'stored'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const stored = async (): Promise<readonly Came[]> =>
    (await lines()).flatMap((line) =>
      line.includes('{"id"') && line.endsWith('}') ? [recordIn(line.slice(line.indexOf('{"id"')))] : [],
    );
  return { port, stored, lines, kill, restart };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

for (const secured of [false, true]) {
  withRsyslog(
    `rsyslog that is killed and restarted in mid stream misses nothing (${secured ? 'TLS' : 'TCP'})`,
    async (t) => {
      const certificate = makeCertificate('127.0.0.1');
      const journal = await trail(t);
      const there = await (secured ? rsyslog(t, certificate) : rsyslog(t));
      const trust: Trust | 'plain' = secured ? { kind: 'trust', tls: { ca: certificate.cert } } : 'plain';
      ship(
        t,
        journal,
        { use: 'syslog', host: '127.0.0.1', port: there.port, facility: 13, app: 'tidegate' },
        { trust },
      );
      await survivesKills(t, journal, there.stored, there);
      const [first = ''] = await there.lines();
      t.regex(first, /^(audit|13)\.info egress-1 tidegate segment \{"id":/);
    },
  );
}
