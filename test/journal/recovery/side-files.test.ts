import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { realDisk } from '../../../lib/journal/disk/index.js';
import { listSegments } from '../../../lib/journal/lines/index.js';
import { pendingFiles } from '../../../lib/journal/recovery/side-files.js';
import { compressSegment } from '../../../lib/journal/retention/compress.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

test('the lines of a compressed side file are those of its text', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 40);
  await journal.close();
  const state = journal.state();
  const [segment] = await listSegments(directory);
  if (segment === undefined) return t.fail('no segment');
  await copyFile(segment.path, join(directory, 'gap-00000001-0-00000000.jsonl.pending'));
  await compressSegment(realDisk, directory, segment, new AbortController().signal);
  await copyFile(`${segment.path}.gz`, join(directory, 'gap-00000001-0-11111111.jsonl.gz.pending'));
  const [plain, compressed] = await pendingFiles(directory, realDisk, 'gap');
  t.like(plain, { file: 'gap-00000001-0-00000000.jsonl', lines: state.seq, readableSeq: 1 });
  t.like(compressed, { file: 'gap-00000001-0-11111111.jsonl.gz', lines: state.seq, readableSeq: 1 });
});
