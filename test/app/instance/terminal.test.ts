import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { startTerminal } from '../../../lib/app/instance/terminal.js';
import { requestStatus } from '../../../lib/app/status/index.js';
import { folderOf } from '../../cli/command.js';
import type { Folder } from '../../fixtures/folder.js';
import { silent, startOrigin } from '../../fixtures/origin.js';
import { programFolders } from '../../fixtures/program.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { inTerminal, type InTerminal } from '../../fixtures/terminal.js';
import { LOOPBACK_POLICY, PROGRAM, readJournalLines } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';
import { testWith } from '../../programs.js';

const HOME = fileURLToPath(new URL('../../../../', import.meta.url));
const STARTED_MS = 60_000;

test('a terminal is gone when all that led to it is hung up; without one there is nothing to lose', (t) => {
  const open = new Set([0, 1, 2]);
  const terminal = startTerminal({}, (descriptor) => open.has(descriptor));
  t.false(terminal.isGone());
  open.delete(0);
  open.delete(1);
  t.false(terminal.isGone());
  open.delete(2);
  t.true(terminal.isGone());
  t.false(startTerminal({}, () => false).isGone());
});

test('Ctrl+C arrives twice under npm, and only in a terminal', (t) => {
  const npm = { npm_lifecycle_event: 'start' };
  t.is(startTerminal({}, () => true).interrupts, 1);
  t.is(startTerminal(npm, () => true).interrupts, 2);
  t.is(startTerminal(npm, () => false).interrupts, 1);
});

interface Running {
  readonly terminal: InTerminal;
  readonly folder: Folder;
  readonly port: number;
  readonly pid: number;
  /** Why it stopped, as the journal has it. */
  readonly cause: () => Promise<unknown>;
}

/** Starts tidegate in a terminal, by `command` with the arguments of `run` after it. */
async function started(
  t: ExecutionContext,
  command: readonly string[],
  cwd?: (folder: Folder) => Promise<string>,
): Promise<Running> {
  const folder = await folderOf(t, {
    'policies/loopback.yaml': LOOPBACK_POLICY,
    'tidegate.yaml':
      'listen: [127.0.0.1:0]\npolicies: policies\nstate: state\njournal: {reserve: none}\nshutdown: {drain: 1h}\n',
  });
  const whole = [...command, 'run', '--config', join(folder.path, 'tidegate.yaml')];
  const environment = {
    PATH: [dirname(process.execPath), ...programFolders()].join(delimiter),
    npm_config_update_notifier: 'false',
  };
  const terminal = inTerminal(whole, { cwd: (await cwd?.(folder)) ?? folder.path, environment });
  t.teardown(terminal.kill);
  const state = join(folder.path, 'state');
  let port = 0;
  let pid = 0;
  await until(
    async () => {
      const answer = await requestStatus(state);
      if (answer.kind !== 'status') return false;
      pid = answer.status.pid;
      port = Number(answer.status.listeners[0]?.split(':').at(-1));
      return true;
    },
    () => `not started; shown: ${terminal.shown()}`,
    STARTED_MS,
  );
  t.teardown(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  const cause = async (): Promise<unknown> => {
    let found: unknown;
    await until(
      async () => {
        const stop = (await readJournalLines(join(state, 'journal'))).find((line) => line['kind'] === 'stop');
        found = stop?.['cause'];
        return stop !== undefined;
      },
      () => `no stop; shown: ${terminal.shown()}`,
      STARTED_MS,
    );
    return found;
  };
  return { terminal, folder, port, pid, cause };
}

const DIRECT = [process.execPath, PROGRAM];

testWith('python3')('closing the terminal stops tidegate, and the stop is recorded', async (t) => {
  const { terminal, cause } = await started(t, DIRECT);
  terminal.close();
  t.is(await cause(), 'SIGHUP');
  t.is(await terminal.ended(), 0);
});

testWith('python3')('closing the terminal of a shell stops the tidegate in its foreground', async (t) => {
  const { terminal, cause } = await started(t, ['sh', '-c', '"$@"; exit', 'sh', ...DIRECT]);
  terminal.close();
  t.is(await cause(), 'SIGHUP');
});

testWith('python3')('SIGHUP reads again where the terminal is still open', async (t) => {
  const { terminal, folder, pid, cause } = await started(t, DIRECT);
  await folder.write(join('policies', 'more.yaml'), LOOPBACK_POLICY.replace('policy: loopback', 'policy: more'));
  process.kill(pid, 'SIGHUP');
  await until(
    () => terminal.shown().includes('reading policies, users and DNS servers again'),
    () => terminal.shown(),
  );
  process.kill(pid, 'SIGTERM');
  t.is(await cause(), 'SIGTERM');
  t.is(await terminal.ended(), 0);
});

testWith('python3')('under nohup tidegate goes on when the terminal is closed', async (t) => {
  const { terminal, folder, pid, cause } = await started(t, ['sh', '-c', 'nohup "$@" & wait', 'sh', ...DIRECT]);
  terminal.close();
  // The shell has the terminal, and ends with it.
  await terminal.ended();
  const state = join(folder.path, 'state');
  t.like(await requestStatus(state), { kind: 'status', status: { stopping: false } });
  process.kill(pid, 'SIGHUP');
  t.like(await requestStatus(state), { kind: 'status', status: { stopping: false } });
  process.kill(pid, 'SIGTERM');
  t.is(await cause(), 'SIGTERM');
});

/** A folder in which `npm start` runs this build. Without sources there is nothing to compile. */
async function packageOf({ path }: Folder): Promise<string> {
  const home = join(path, 'package');
  await mkdir(join(home, 'bin'), { recursive: true });
  for (const name of ['package.json', '.npmrc', 'bin/package.json', 'bin/build', 'bin/tidegate'])
    await copyFile(join(HOME, name), join(home, name));
  for (const name of ['build', 'node_modules', 'policies']) await symlink(join(HOME, name), join(home, name));
  return home;
}

const NPM_START = ['npm', 'start', '--'];

testWith('python3', 'npm')('Ctrl+C under npm start stops once, with 0 after the stop is reported', async (t) => {
  const { terminal, cause } = await started(t, NPM_START, packageOf);
  terminal.interrupt();
  t.is(await cause(), 'SIGINT');
  t.is(await terminal.ended(), 0);
  t.regex(terminal.shown(), /stopping; a second signal ends the process at once[^]*stopped/);
});

testWith('python3', 'npm')('a second Ctrl+C under npm start ends tidegate at once', async (t) => {
  const { terminal, port, folder } = await started(t, NPM_START, packageOf);
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const held = await tunnelTo(port, `127.0.0.1:${origin.port}`);
  t.teardown(held.close);
  terminal.interrupt();
  await until(
    async () => {
      const answer = await requestStatus(join(folder.path, 'state'));
      return answer.kind === 'status' && answer.status.stopping;
    },
    () => terminal.shown(),
  );
  terminal.interrupt();
  t.is(await terminal.ended(), 130);
});
