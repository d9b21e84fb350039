import test from 'ava';
import { openRepository } from '../../lib/repository/index.js';
import { memorySource } from './memory-source.js';
import { meetsContract } from './source-contract.js';

test('a source that is not a folder meets the same contract', (t) =>
  meetsContract(t, (files) => Promise.resolve(memorySource(files))));

test('a repository follows any source: it adopts a change, and keeps the last good set when the source fails (law 1)', async (t) => {
  const rule = (host: string): string => `policy: p\nallow:\n  - {id: a, to: [${host}], protocol: tls}\n`;
  const { source, put, fail } = memorySource({ 'p.yaml': rule('a.example.com') });
  const repository = await openRepository({ source });
  if (repository.kind === 'not_loaded') return t.fail();
  const first = repository.current();
  await put({ 'p.yaml': rule('b.example.com') });
  const second = repository.current();
  t.not(second.revision, first.revision);
  await fail();
  t.is(repository.current(), second);
  t.like(repository.status(), { folder: 'memory', rejected: { why: 'folder_unreadable', revision: 'none' } });
  await repository.close();
});
