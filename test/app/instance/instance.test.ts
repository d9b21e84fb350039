import test from 'ava';
import { encode } from '../../../lib/audit/index.js';
import { openJournal } from '../../../lib/journal/index.js';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { startTidegate } from '../../fixtures/tidegate.js';
import { carriedOut, folderOf, tidegate } from '../../cli/command.js';
import { close, decision, idOf } from '../../review/journals.js';

test.serial(
  'attempts that were open when tidegate was killed are closed in the journal by the next start',
  async (t) => {
    const origin = await startOrigin(echoing);
    t.teardown(origin.close);
    const first = await startTidegate();
    t.teardown(first.discard);
    const tunnel = await tunnelTo(first.port, `127.0.0.1:${origin.port}`);
    t.teardown(tunnel.close);
    const decision = await first.recorded((line) => line['kind'] === 'decision', 'the decision');
    first.signal('SIGKILL');
    await first.ended;

    const config = `${first.folder.path}/tidegate.yaml`;
    const second = await startTidegate({ arguments: ['--config', config] });
    t.teardown(second.discard);
    const close = await first.recorded((line) => line['kind'] === 'close', 'the end of the attempt');
    t.like(close, { attempt: decision['attempt'], ended_by: 'crash', bytes_out: null });
    t.is(await second.stop(), 0);
    const kinds = (await first.journal()).map((line) => line['kind']);
    t.is(kinds.filter((kind) => kind === 'close').length, 1);
    t.deepEqual(kinds.slice(-2), ['stop', 'checkpoint']);
  },
);

test.serial('attempts whose ends a stop found no room for are closed in the journal by the next start', async (t) => {
  const running = await startTidegate({
    prepare: async ({ path }) => {
      const journal = await openJournal({ directory: `${path}/state/journal` });
      if (journal.kind !== 'journal') throw new Error(journal.detail);
      for (const record of [decision(1), decision(2), close(2)]) await journal.append(encode(record));
      const stop = { kind: 'stop', cause: 'SIGTERM', openAttempts: 1, missingEnds: 1 } as const;
      await journal.append(encode(stop));
      await journal.close();
    },
  });
  t.teardown(running.discard);
  const written = await running.recorded((line) => line['ended_by'] === 'not_recorded', 'the missing end');
  t.like(written, { kind: 'close', attempt: idOf(1), verdict: 'allowed', bytes_out: null });
  t.regex(running.said(), /attempts left without an end by the last run/);
  t.is(await running.stop(), 0);
  const lines = await running.journal();
  t.like(lines.filter(({ kind }) => kind === 'stop').at(-1), { open_attempts: 0, missing_ends: 0 });
  t.is(lines.filter(({ kind }) => kind === 'close').length, 2);
});

test.serial('while it drains, status says that it is stopping, and new requests are refused', async (t) => {
  const origin = await startOrigin(echoing);
  t.teardown(origin.close);
  const running = await startTidegate();
  t.teardown(running.discard);
  const tunnel = await tunnelTo(running.port, `127.0.0.1:${origin.port}`);
  running.signal('SIGTERM');
  let told: string;
  do told = (await carriedOut(['status', '--json', '--state', `${running.folder.path}/state`])).stdout;
  while (!told.includes('"stopping":true'));
  tunnel.close();
  t.is(await running.ended, 0);
  const close = await running.recorded((line) => line['kind'] === 'close', 'the end of the attempt');
  t.is(close['ended_by'], 'client');
});

test.serial('a users file that changes is taken over, recorded, and its problems keep the last good one', async (t) => {
  const running = await startTidegate({ users: { a: 'x' } });
  t.teardown(running.discard);
  const { path } = running.folder;
  const added = await tidegate(['user', 'add', 'b', '--password-stdin'], { cwd: path, input: 'y' });
  t.is(added.code, 0, added.stderr);
  await running.recorded((line) => line['kind'] === 'admin' && line['detail'] === '2 users', 'two users');
  await running.folder.write('users', 'nonsense\n');
  running.signal('SIGHUP');
  let status;
  do status = await carriedOut(['status', '--state', `${path}/state`]);
  while (status.code === 0);
  t.regex(status.stdout, /the changed users file was rejected/);
  t.regex(running.said(), /changed users file rejected; the previous users stay in force/);
});

test.serial('what a start leaves behind when it fails late does not keep the next one from starting', async (t) => {
  const { path } = await folderOf(t);
  const running = await startTidegate();
  t.teardown(running.discard);
  const start = (port: number) => tidegate(['--state', path, '--listen', `127.0.0.1:${port}`]);
  t.is((await start(running.port)).code, 69);
  t.is((await start(running.port)).code, 69);
});
