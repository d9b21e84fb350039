import { randomBytes } from 'node:crypto';
import { access, constants, open, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorReason } from '../../../system/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('state');
const MIB = 1024 * 1024;
/** Less than this, and the next minute's records may not find room. */
const NO_ROOM = MIB;
const OTHERS = 0o077;

/** Style at the state folder: whose it is, who may enter, whether it takes a file, how much room there is. */
export async function checkState(around: Installation): Promise<readonly Finding[]> {
  const { state } = around.config;
  try {
    const found = await stat(state);
    if (!found.isDirectory()) return [problem(`${state} is not a folder`, 'name another with state, or move it away')];
    return [...permissions(state, found), await writing(around), ...(await room(around))];
  } catch (error) {
    if (errorReason(error) === 'ENOENT') return [await toBeMade(state)];
    return [
      problem(`${state} cannot be looked at (${errorReason(error)})`, 'ask with the account that tidegate runs as'),
    ];
  }
}

async function toBeMade(state: string): Promise<Finding> {
  let parent = dirname(state);
  while (parent !== dirname(parent) && (await missing(parent))) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return ok(`${state} is not there yet: the first start makes it`);
  } catch (error) {
    const words = `${state} is not there, and cannot be made in ${parent} (${errorReason(error)})`;
    return problem(words, 'make it, for the account that tidegate runs as, with mode 0700');
  }
}

async function missing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  );
}

function permissions(
  state: string,
  { mode, uid }: { readonly mode: number; readonly uid: number },
): readonly Finding[] {
  const own = process.getuid?.();
  if (own === undefined) return [];
  return [
    ...((mode & OTHERS) === 0
      ? []
      : [warning(`others may look into ${state} (0${(mode & 0o777).toString(8)})`, `chmod 700 ${state}`)]),
    ...(own === uid || own === 0
      ? []
      : [warning(`${state} belongs to uid ${uid}, and this is ${own}`, 'ask with the account that tidegate runs as')]),
  ];
}

/** Writes a little where records go, into a file that has no name any more. */
async function writing({ config }: Installation): Promise<Finding> {
  const folder = config['journal.folder'];
  const where = (await missing(folder)) ? config.state : folder;
  const path = join(where, `doctor-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await unlink(path);
      await file.write(randomBytes(4096));
      await file.datasync();
    } finally {
      await file.close();
    }
    return ok(`${where} can be written`);
  } catch (error) {
    const code = errorReason(error);
    const remedy = REMEDIES[code] ?? 'it must be on a local disk with room, and belong to the account of tidegate';
    return problem(`${where} cannot be written (${code}): nothing gets out without a record`, remedy);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on that disk, or set journal.keep-for or journal.keep-size',
  EDQUOT: 'make room, or raise the quota of the account',
  EROFS: 'the file system is mounted read-only: see the log of the kernel, it may have failed',
  EACCES: 'give the folder to the account that tidegate runs as: chown -R, chmod 700',
  ENOTDIR: 'move what lies there away: it must be a folder',
};

async function room({ config, status }: Installation): Promise<readonly Finding[]> {
  const { state, 'journal.reserve': reserved } = config;
  const { bavail, bsize, files, ffree } = await statfs(state);
  const free = bavail * bsize;
  const words = `${mib(free)} MiB are free in ${state}`;
  const remedy = 'make room on that disk, or set journal.keep-for or journal.keep-size';
  const left =
    free < NO_ROOM ? problem(words, remedy) : free < config['journal.segment'] ? warning(words, remedy) : ok(words);
  const noFiles = files > 0 && ffree === 0 ? [problem(`no file can be made any more in ${state}`, remedy)] : [];
  if (reserved === 'none' || status.kind !== 'status') return [left, ...noFiles];
  const reserve = await stat(join(config['journal.folder'], 'reserve')).catch(() => ({ size: 0 }));
  if (reserve.size >= reserved) return [left, ...noFiles];
  const absent = `the reserve of ${mib(reserved)} MiB for a full disk is not there`;
  return [left, ...noFiles, warning(absent, 'make room for it: it is made within seconds')];
}

function mib(bytes: number): number {
  return Math.floor(bytes / MIB);
}
