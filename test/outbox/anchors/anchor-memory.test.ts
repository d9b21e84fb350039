import { readFile } from 'node:fs/promises';
import test from 'ava';
import { type AnchorMemory, readAnchorMemory, writeAnchorMemory } from '../../../lib/outbox/anchors/anchor-memory.js';
import { makeFolder } from '../../fixtures/folder.js';
import { failingSyncs, watchingSyncs } from '../../fixtures/syncs.js';

function remembered(size: number): AnchorMemory {
  return { accepted: { size, root: 'root', at: '2026-01-01T00:00:00Z' }, refused: 'none' };
}

test.serial('what is remembered is on disk under its name: the file is synced, then its folder', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const path = `${folder.path}/anchors/notary.json`;
  await writeAnchorMemory(path, 'place', remembered(1));
  const steps: [string, boolean][] = [];
  await watchingSyncs(
    async (what) => void steps.push([what, (await readFile(path, 'utf8')).includes('"size":2,')]),
    () => writeAnchorMemory(path, 'place', remembered(2)),
  );
  t.deepEqual(steps, [
    ['file', false],
    ['folder', true],
  ]);
  t.deepEqual(await readAnchorMemory(path, 'place'), { kind: 'value', value: remembered(2) });
});

test.serial('a folder that cannot be synced is a failure, since the old file may come back', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const path = `${folder.path}/notary.json`;
  await failingSyncs('folder', async () => {
    t.like(await writeAnchorMemory(path, 'place', remembered(1)), { kind: 'failed' });
  });
});
