import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { arrayBuffer } from 'node:stream/consumers';
import type { Problem, ProblemCode } from '../policy/index.js';
import { errorReason, remedyFor, sleep } from '../system/index.js';
import { MAX_FILE_BYTES, visibleName, wholeFileProblem } from '../text/index.js';
import { revisionOf, type SourceBytes, type SourceContent, type SourceFailure } from './policy-source.js';

const MOST_FILES = 1000;
/** More cannot be read, checked and compiled within the minute that loading may take: 10,000 rules are about 2 MiB. */
const LARGEST_FOLDER = 16 * 1024 * 1024;
/** Error codes of a process or system that has no descriptor or memory left. */
const SHORT_OF = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];
const TRIES = 5;
const PAUSE_MS = 50;

/** A folder, followed once if it is a link, so that one reading never mixes two of its targets. */
interface Located {
  readonly kind: 'located';
  readonly folder: string;
  /** Names of policy and case files, in order; names of subfolders, which are not read. */
  readonly files: readonly string[];
  readonly subfolders: readonly string[];
}

/**
 * Reads the policy files of a folder, `*.yaml` and `*.yml`, not those of folders below; or the one file that `path` is.
 * Files may be links as Kubernetes makes them (`a.yaml -> ..data/a.yaml`) as long as they lead into the folder.
 *
 * The result is one state of the folder: what changes while it is read is read again.
 */
export async function readFolder(
  path: string,
): Promise<{ readonly reading: SourceContent | SourceFailure; readonly fingerprint: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await fingerprintOf(path);
    const reading = await readOnce(path);
    const fingerprint = await fingerprintOf(path);
    if (before === fingerprint) return { reading, fingerprint };
    if (attempt === TRIES)
      return { reading: failed(path, 'unreadable', 'the folder keeps changing while it is read'), fingerprint };
    await sleep(PAUSE_MS);
  }
}

/**
 * The folder's names, link targets, sizes and times of change. A hint only, since some file systems have coarse times; the
 * content decides. `'not_visible'`: this process has no descriptor or memory left to read them.
 */
export async function fingerprintOf(path: string): Promise<string> {
  const located = await locate(path);
  if (located.kind === 'failed') {
    const { message } = located.problem;
    return SHORT_OF.some((code) => message.endsWith(code)) ? 'not_visible' : `unreadable: ${message}`;
  }
  const { folder, files, subfolders } = located;
  const looks = files.map((name) =>
    stat(join(folder, name), { bigint: true }).then(
      ({ dev, ino, size, mtimeNs, ctimeNs }) => [name, dev, ino, size, mtimeNs, ctimeNs].join(' '),
      (error: unknown) => `${name} ${errorReason(error)}`,
    ),
  );
  return [folder, ...subfolders, ...(await Promise.all(looks))].join('\n');
}

async function locate(path: string): Promise<Located | SourceFailure> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isFile())
      return { kind: 'located', folder: dirname(real), files: [basename(real)], subfolders: [] };
    const entries = (await readdir(real, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
    const names = (isWanted: (entry: Dirent) => boolean): readonly string[] => {
      return entries
        .filter(isWanted)
        .map(({ name }) => name)
        .toSorted();
    };
    const files = names((entry) => !entry.isDirectory() && /\.ya?ml$/i.test(entry.name));
    return { kind: 'located', folder: real, files, subfolders: names((entry) => entry.isDirectory()) };
  } catch (error) {
    return unreadable(path, 'the policy folder cannot be read', error);
  }
}

function unreadable(path: string, message: string, error: unknown): SourceFailure {
  const reason = errorReason(error);
  return failed(path, 'unreadable', `${message}: ${reason}`, remedyFor(reason, 'none'));
}

function failed(path: string, code: ProblemCode, message: string, hint = 'none'): SourceFailure {
  return { kind: 'failed', problem: wholeFileProblem(visibleName(path), code, message, hint) };
}

async function readOnce(path: string): Promise<SourceContent | SourceFailure> {
  const located = await locate(path);
  if (located.kind === 'failed') return located;
  const { folder } = located;
  const problems: Problem[] = located.subfolders.map((name) => ({
    ...wholeFileProblem(visibleName(name), 'no_effect', 'files in folders below the policy folder are not read'),
    severity: 'warning',
  }));
  const count = located.files.length;
  if (count > MOST_FILES)
    problems.push(wholeFileProblem(path, 'too_many', `${count} policy files, where ${MOST_FILES} is the limit`));
  const files: SourceBytes[] = [];
  let total = 0;
  for (const name of located.files.slice(0, MOST_FILES)) {
    const read = await readOne(folder, name);
    if ('problem' in read) {
      problems.push(read.problem);
      continue;
    }
    total += read.bytes.length;
    if (total > LARGEST_FOLDER) return failed(path, 'too_large', 'the policy files together are larger than 16 MiB');
    files.push(read);
  }
  return { kind: 'content', files, revision: revisionOf(files), origin: folder, problems };
}

async function readOne(folder: string, name: string): Promise<SourceBytes | SourceFailure> {
  try {
    const real = await realpath(join(folder, name));
    if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
      return failed(name, 'unreadable', 'the file is a link that leads out of the policy folder');
    // Not blocking: a named pipe would hold the reader until something is written to it.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return failed(name, 'unreadable', 'not a regular file');
      // One byte more than allowed, so that a file that grows is noticed. The bytes have their own memory: they are posted.
      const bytes = await arrayBuffer(file.createReadStream({ end: MAX_FILE_BYTES, autoClose: false }));
      if (bytes.byteLength > MAX_FILE_BYTES) return failed(name, 'too_large', 'the file is larger than 1 MiB');
      return { name: visibleName(name), bytes: new Uint8Array(bytes) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadable(name, 'the file cannot be read', error);
  }
}
