import { mkdir } from 'node:fs/promises';
import test from 'ava';
import { readAnchorMemory } from '../../../lib/outbox/anchors/anchor-memory.js';
import { identityOf } from '../../../lib/outbox/anchors/targets.js';
import { readState, writeState } from '../../../lib/outbox/delivery/index.js';
import { readCursor } from '../../../lib/outbox/feed/cursor.js';
import { makeFolder } from '../../fixtures/folder.js';

test('a cursor that the first version wrote is read', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const hash = 'Zk3aJ0sXqHn7d2mT5vR8yB1cE4gK6pL9wN-_oQ0uVtI';
  const file = await folder.write('siem.cursor', `{"v":1,"seq":1234,"hash":"${hash}"}\n`);
  t.deepEqual(await readCursor(file), { kind: 'value', value: { seq: 1234, hash } });
});

test('an anchor memory that the first version wrote is read, for the target that it was written for', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const targets = [
    [{ path: '/var/lib/notes', use: 'file' }, 'L1gRyOrosfSUS_d3UKKYBvxC3WhrBvKrpuC9zlUnzSg'],
    [
      { use: 'syslog', facility: 13, port: 6514, host: 'siem.corp.example' },
      'Oyk0mUjVfM6zWbz63y9imOca89D_6GovWlEg5goNA9w',
    ],
    [{ use: 'http', url: 'https://notary.corp.example/' }, 'ASiQ23hYJsCK-Ll-pDLSrueg28oJpu8dNOFWKQ_OJYA'],
  ] as const;
  const accepted = { size: 100, root: 'root', at: '2026-01-31T23:59:59.999Z' };
  for (const [target, place] of targets) {
    const text = `{"v":1,"place":"${place}","accepted":${JSON.stringify(accepted)},"refused":null}\n`;
    const file = await folder.write('vault.json', text);
    t.is(identityOf(target), place);
    t.deepEqual(await readAnchorMemory(file, identityOf(target)), {
      kind: 'value',
      value: { accepted, refused: 'none' },
    });
  }
});

test('state is read as it was written; no file, a broken one and one of another version are distinguished', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const path = `${folder.path}/states/a.json`;
  const read = (file: string) => readState(file, ({ n }) => (typeof n === 'number' ? n : 'malformed'));
  t.deepEqual(await read(path), { kind: 'absent' });
  t.deepEqual(await writeState(path, { n: 7 }), { kind: 'written' });
  t.deepEqual(await read(path), { kind: 'value', value: 7 });
  for (const text of ['{"v":1,"n":7', '{"v":1,"n":7}', '{"v":1}\n', '[]\n', `${' '.repeat(70_000)}\n`]) {
    const broken = await folder.write('b.json', text);
    t.deepEqual(await read(broken), { kind: 'unreadable', detail: `${broken} is malformed` }, text.slice(0, 20));
  }
});

test('state of a newer version is not read, and says so', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const newer = await folder.write('b.json', '{"v":2,"n":7}\n');
  const detail = `${newer} is of version 2, written by a newer tidegate; this one reads version 1`;
  t.deepEqual(await readState(newer, () => 1), { kind: 'unreadable', detail });
});

test('state that cannot be written or read says why', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await mkdir(`${folder.path}/a.json`);
  t.like(await writeState(`${folder.path}/a.json`, {}), { kind: 'failed' });
  t.like(await readState(`${folder.path}/a.json`, () => 1), { kind: 'unreadable' });
});
