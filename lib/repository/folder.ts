import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { isCaseFile, type Problem, type ProblemCode, type SourceFile } from '../policy/index.js';
import { decodeSource, MAX_FILE_BYTES, wholeFileProblem } from '../text/index.js';
import { errorReason, sleep } from '../system/index.js';

/** What a folder (or one file) of policies holds. `revision` names this exact content; `fingerprint` is how it looked on disk. */
export interface FolderContent {
  readonly kind: 'content';
  readonly policies: readonly SourceFile[];
  readonly cases: readonly SourceFile[];
  readonly revision: string;
  readonly fingerprint: string;
  /** Files that cannot be taken, and parts of the folder that are passed over. */
  readonly problems: readonly Problem[];
}

/** The folder itself cannot be read. */
export interface FolderUnreadable {
  readonly kind: 'unreadable';
  readonly fingerprint: string;
  readonly problem: Problem;
}

const MOST_FILES = 1000;
/** More cannot be read, checked and compiled within the minute that loading may take: 10,000 rules are about 2 MiB. */
const LARGEST_FOLDER = 16 * 1024 * 1024;
/** What a system says when the process, or the system itself, is short of something. */
const SHORT_OF = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];
const TRIES = 5;
const PAUSE_MS = 50;

/** Where the files are: a folder, followed once if it is a link, so that one reading never mixes two of its targets. */
interface Place {
  readonly folder: string;
  /** Names of policy and case files, in order; the names of subfolders that are passed over. */
  readonly files: readonly string[];
  readonly subfolders: readonly string[];
}

/**
 * Reads the policy files of a folder, `*.yaml` and `*.yml`, not those of folders below; or the one file that `path` is.
 * Files may be links as Kubernetes makes them (`a.yaml -> ..data/a.yaml`) as long as they lead into the folder.
 *
 * The answer is one state of the folder: what changes while it is read is read again.
 */
export async function readFolder(path: string): Promise<FolderContent | FolderUnreadable> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await fingerprintOf(path);
    const read = await readOnce(path, before);
    const after = await fingerprintOf(path);
    if (before === after) return read;
    if (attempt === TRIES) {
      return {
        kind: 'unreadable',
        fingerprint: after,
        problem: wholeFileProblem(path, 'unreadable', 'the folder keeps changing while it is read'),
      };
    }
    await sleep(PAUSE_MS);
  }
}

/**
 * How the folder looks without reading a file: changes whenever a name, link target, size or time of change does. A hint
 * only, since file systems exist whose times are coarse; the content decides. `'not_visible'`: this process has no
 * descriptor or memory left to look with, which says nothing about the folder.
 */
export async function fingerprintOf(path: string): Promise<string> {
  const place = await locate(path);
  if (place.kind === 'unreadable' && SHORT_OF.some((code) => place.problem.message.endsWith(code)))
    return 'not_visible';
  if (place.kind === 'unreadable') return `unreadable: ${place.problem.message}`;
  const looks = await Promise.all(place.files.map((name) => lookOf(join(place.folder, name))));
  return [place.folder, ...place.subfolders, ...place.files.map((name, index) => `${name} ${looks[index] ?? ''}`)].join(
    '\n',
  );
}

async function lookOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return errorReason(error);
  }
}

async function locate(path: string): Promise<({ readonly kind: 'place' } & Place) | FolderUnreadable> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isFile())
      return { kind: 'place', folder: dirname(real), files: [basename(real)], subfolders: [] };
    const entries = (await readdir(real, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
    const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    const subfolders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return {
      kind: 'place',
      folder: real,
      files: files.filter((name) => /\.ya?ml$/i.test(name)).toSorted(),
      subfolders: subfolders.toSorted(),
    };
  } catch (error) {
    const problem = wholeFileProblem(path, 'unreadable', `the policy folder cannot be read: ${errorReason(error)}`);
    return { kind: 'unreadable', fingerprint: `unreadable: ${problem.message}`, problem };
  }
}

async function readOnce(path: string, fingerprint: string): Promise<FolderContent | FolderUnreadable> {
  const place = await locate(path);
  if (place.kind === 'unreadable') return place;
  const problems: Problem[] = place.subfolders.map((name) => ({
    ...wholeFileProblem(name, 'no_effect', 'files in folders below the policy folder are not read'),
    severity: 'warning',
  }));
  if (place.files.length > MOST_FILES) {
    problems.push(
      wholeFileProblem(path, 'too_many', `${place.files.length} policy files, where ${MOST_FILES} is the limit`),
    );
  }
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(MAX_FILE_BYTES + 1);
  const sources: SourceFile[] = [];
  let total = 0;
  for (const name of place.files.slice(0, MOST_FILES)) {
    const read = await readOne(place.folder, name, buffer);
    if (read.kind === 'problem') {
      problems.push(read.problem);
      continue;
    }
    total += read.bytes.length;
    if (total > LARGEST_FOLDER)
      return {
        kind: 'unreadable',
        fingerprint,
        problem: wholeFileProblem(path, 'too_large', 'the policy files together are larger than 16 MiB'),
      };
    hash.update(`${name}\0${read.bytes.length}\0`).update(read.bytes);
    const decoded = decodeSource(name, read.bytes);
    if (decoded.kind === 'value') sources.push(decoded.value);
    else problems.push(...decoded.problems);
  }
  return {
    kind: 'content',
    policies: sources.filter((file) => !isCaseFile(file.path)),
    cases: sources.filter((file) => isCaseFile(file.path)),
    revision: `sha256:${hash.digest('hex').slice(0, 16)}`,
    fingerprint,
    problems,
  };
}

type FileReading =
  { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'problem'; readonly problem: Problem };

/** The bytes of one file: a part of `buffer`, to be used before the next file is read into it. */
async function readOne(folder: string, name: string, buffer: Buffer): Promise<FileReading> {
  const refused = (code: ProblemCode, message: string): FileReading => ({
    kind: 'problem',
    problem: wholeFileProblem(name, code, message),
  });
  try {
    const real = await realpath(join(folder, name));
    if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
      return refused('unreadable', 'the file is a link that leads out of the policy folder');
    // Not blocking: a named pipe would hold the reader until somebody writes to it.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return refused('unreadable', 'not a regular file');
      const length = await readUpTo(file, buffer);
      if (length > MAX_FILE_BYTES) return refused('too_large', 'the file is larger than 1 MiB');
      return { kind: 'bytes', bytes: buffer.subarray(0, length) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return refused('unreadable', `the file cannot be read: ${errorReason(error)}`);
  }
}

async function readUpTo(file: Awaited<ReturnType<typeof open>>, buffer: Buffer): Promise<number> {
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return length;
  }
}
