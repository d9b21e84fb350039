import { randomBytes } from 'node:crypto';
import { existsSync, type Stats } from 'node:fs';
import { access, constants, open, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorReason, RUN_AS_ACCOUNT } from '../../../system/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('state');
const MIB = 1024 * 1024;
/** Below this, the next minute's records may not fit. */
const NO_ROOM = MIB;
const OTHERS = 0o077;

/** Checks the state folder: whose it is, who may enter, whether it takes a file, how much room there is. */
export async function checkState(installation: Installation): Promise<readonly Finding[]> {
  const { state } = installation.config;
  try {
    const found = await stat(state);
    if (!found.isDirectory()) {
      return [problem(`${state} is not a folder`, 'set another state folder, or move the file away')];
    }
    return [permissions(state, found), await writing(installation), await room(installation)].flat();
  } catch (error) {
    if (errorReason(error) === 'ENOENT') return [await missingFolder(state)];
    return [problem(`cannot read "${state}" (${errorReason(error)})`, RUN_AS_ACCOUNT)];
  }
}

async function missingFolder(state: string): Promise<Finding> {
  let parent = dirname(state);
  while (parent !== dirname(parent) && !existsSync(parent)) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return ok(`${state} does not exist yet: the first start creates it`);
  } catch (error) {
    const words = `${state} does not exist, and cannot be created in ${parent} (${errorReason(error)})`;
    return problem(words, 'create it for the account of tidegate, with mode 0700');
  }
}

function permissions(state: string, { mode, uid }: Stats): readonly Finding[] {
  const own = process.getuid?.();
  if (own === undefined) return [];
  return [
    (mode & OTHERS) === 0
      ? []
      : warning(`other accounts can read ${state} (0${(mode & 0o777).toString(8)})`, `chmod 700 ${state}`),
    own === uid || own === 0 ? [] : warning(`${state} belongs to uid ${uid}, not to ${own}`, RUN_AS_ACCOUNT),
  ].flat();
}

/** Writes a little into the journal's folder, to a file that is already unlinked. */
async function writing({ config }: Installation): Promise<Finding> {
  const folder = config['journal.folder'];
  const where = existsSync(folder) ? folder : config.state;
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
    return ok(`${where} is writable`);
  } catch (error) {
    const code = errorReason(error);
    const remedy =
      REMEDIES[code] ?? 'it must be on a local disk with free space, and belong to the account of tidegate';
    const restart = FOR_EVERY_ACCOUNT.has(code) ? 'would_fail' : 'unaffected';
    return problem(`cannot write ${where} (${code}): all traffic is refused without a record`, remedy, restart);
  }
}

/** Reasons that are not those of the account of the doctor, which may be another one than tidegate's. */
const FOR_EVERY_ACCOUNT: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOTDIR']);

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free disk space, or set journal.keep-for or journal.keep-size',
  EDQUOT: 'free disk space, or raise the quota of the account',
  EROFS: 'the file system is mounted read-only: read the kernel log, the disk may have failed',
  EACCES: `${RUN_AS_ACCOUNT}, or give it the folder: chown -R, chmod 700`,
  ENOTDIR: 'move the file away: it must be a folder',
};

async function room({ config, status }: Installation): Promise<readonly Finding[]> {
  const { state, 'journal.reserve': reserved } = config;
  const { bavail, bsize, files, ffree } = await statfs(state);
  const free = bavail * bsize;
  const words = `${mib(free)} MiB free in ${state}`;
  const remedy = 'free disk space, or set journal.keep-for or journal.keep-size';
  const findings = [
    free < NO_ROOM ? problem(words, remedy) : free < config['journal.segment'] ? warning(words, remedy) : ok(words),
  ];
  if (files > 0 && ffree === 0) findings.push(problem(`no free inodes in ${state}`, remedy));
  if (reserved === 'none' || status.kind !== 'status') return findings;
  const reserve = await stat(join(config['journal.folder'], 'reserve')).catch(() => ({ size: 0 }));
  if (reserve.size >= reserved) return findings;
  const absent = `the reserve of ${mib(reserved)} MiB for a full disk is missing`;
  return [...findings, warning(absent, 'free disk space: it is created within seconds')];
}

function mib(bytes: number): number {
  return Math.floor(bytes / MIB);
}
