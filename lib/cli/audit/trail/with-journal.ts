import { access } from 'node:fs/promises';
import { errorCode } from '../../../system/index.js';
import { failure, type Failure, type Input, type Result, settle } from '../../console/index.js';

/** Reads the journal in the named folder, or in the state folder if `path` is `'none'`, or says that it cannot be read. */
export async function withJournal(
  input: Input,
  read: (folder: string) => Promise<Result>,
  path: string | 'none' = 'none',
): Promise<Result> {
  const found = await journalFolder(input, path);
  if (found.kind === 'failure') return found;
  const { folder } = found;
  try {
    await access(folder);
    return await read(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'none') throw error;
    const remedy = path === 'none' ? ['name another state folder with --state'] : [];
    return failure('unreadable', `cannot read the journal in "${folder}" (${code})`, ...remedy);
  }
}

async function journalFolder(
  input: Input,
  path: string | 'none',
): Promise<{ readonly kind: 'folder'; readonly folder: string } | Failure> {
  if (path !== 'none') return { kind: 'folder', folder: path };
  const settled = await settle(input);
  return settled.kind === 'failure' ? settled : { kind: 'folder', folder: settled.config['journal.folder'] };
}
