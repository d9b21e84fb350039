import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { folderSource } from '../../lib/repository/folder-source.js';
import { meetsContract } from './source-contract.js';

test('a folder is a source of policy files', async (t) => {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-source-'));
  const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  };
  const fail = (): Promise<void> => rm(path, { recursive: true });
  await meetsContract(t, async (files) => {
    await put(files);
    return { source: folderSource(path, { pollMs: 10 }), put, fail };
  });
});
