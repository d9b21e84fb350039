import { join } from 'node:path';
import test from 'ava';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { startTidegate } from '../../fixtures/tidegate.js';
import { carriedOut, folderOf } from '../command.js';

test.serial('a cut names attempts or a filter, and not both', async (t) => {
  const { path } = await folderOf(t);
  for (const [options, words] of [
    [[], /nothing is named\n {2}name attempts \(tidegate tunnels lists them\)/],
    [['some-attempt', '--user', 'x'], /attempts and a filter conflict/],
    [['some-attempt', '--reason', 'x'.repeat(201)], /--reason is longer than 200 characters/],
  ] as const) {
    const ran = await carriedOut(['cut', '--state', path, ...options]);
    t.is(ran.code, 2);
    t.regex(ran.stderr, words);
  }
});

test.serial('tunnels are cut by filter and by attempt; list, show and the trail say who did it and why', async (t) => {
  const origin = await startOrigin(echoing);
  const running = await startTidegate();
  const state = join(running.folder.path, 'state');
  t.teardown(async () => {
    await running.discard();
    await origin.close();
  });
  const authority = `127.0.0.1:${origin.port}`;
  const first = await tunnelTo(running.port, authority);
  const cut = await carriedOut(['cut', '--state', state, '--destination', authority, '--reason', 'incident 4711']);
  t.is(cut.code, 0);
  t.regex(cut.stdout, /\n1 tunnel ended\n$/);
  t.is((await first.readToEnd()).text, '');
  const close = await running.recorded(({ kind }) => kind === 'close', 'the end of the first tunnel');
  t.like(close, { verdict: 'allowed', ended_by: 'operator' });
  t.regex(String(close['detail']), /^cut by .+: incident 4711$/);
  const act = await running.recorded(({ kind }) => kind === 'admin', 'the action');
  t.like(act, { action: 'tunnels_cut' });
  t.regex(String(act['detail']), new RegExp(`^1 tunnel cut by .+: incident 4711 \\(destination ${authority}\\)$`));

  const second = await tunnelTo(running.port, authority);
  const listed = await carriedOut(['tunnels', '--state', state, '--json']);
  const { tunnels } = JSON.parse(listed.stdout) as { readonly tunnels: readonly { readonly attempt: string }[] };
  const id = tunnels[0]?.attempt ?? '';
  const byId = await carriedOut(['cut', '--state', state, id, 'gone-long-ago', '--json']);
  t.is(byId.code, 1, 'one of the two was not open');
  t.like(JSON.parse(byId.stdout), { ended: 1, not_open: ['gone-long-ago'], recorded: true });
  await second.readToEnd();
  const nothing = await carriedOut(['cut', '--state', state, '--user', 'nobody']);
  t.is(nothing.code, 1);
  t.is(nothing.stdout, 'nothing that is open matches\n');

  await running.recorded(({ kind, attempt }) => kind === 'close' && attempt === id, 'the end of the second tunnel');
  const list = await carriedOut(['audit', 'list', '--state', state, '--reason', 'operator', '--json']);
  t.is(list.stdout.trim().split('\n').length, 2, 'found by how they ended');
  const show = await carriedOut(['audit', 'show', '--state', state, id]);
  t.regex(show.stdout, /operator/);
  t.is(await running.stop(), 0);
});
