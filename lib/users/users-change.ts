import { type FileHandle, realpath } from 'node:fs/promises';
import { beginDurableWrite, errorCode, errorReason, remedyFor } from '../system/index.js';
import { didYouMean } from '../text/index.js';
import { missing, problemOf, readUsersFile, userIn, type UsersFile, type UsersProblem } from './users-file.js';

/** A change to a users file is on disk. `replaced`: the user was there already and has a new password. */
interface UsersChange {
  readonly kind: 'users_change';
  readonly outcome: 'added' | 'replaced' | 'removed';
}

/**
 * Adds a user to a users file, or gives one a new password. A missing file is made, readable by its owner only. Readers
 * see the old file or the new one, never a part. The name must have passed `checkUserName`; `hash` comes from `hashPassword`.
 */
export function addUser(path: string, name: string, hash: string): Promise<UsersChange | UsersProblem> {
  return change(path, (file) => {
    const lines = file === 'missing' ? [] : linesOf(file.text);
    const line = `${name}:${hash}`;
    const at = lines.findIndex((each) => isLineOf(each, name));
    return at === -1
      ? { lines: [...lines, line], outcome: 'added' }
      : { lines: lines.with(at, line), outcome: 'replaced' };
  });
}

/** Removes a user from a users file. A user who is not in it is a problem. */
export function removeUser(path: string, name: string): Promise<UsersChange | UsersProblem> {
  return change(path, (file) => {
    if (file === 'missing') return missing(path);
    const lines = linesOf(file.text);
    const left = lines.filter((each) => !isLineOf(each, name));
    if (left.length === lines.length)
      return problemOf(path, 'unknown_user', `there is no user ${name}`, didYouMean(name, file.users.keys()));
    return { lines: left, outcome: 'removed' };
  });
}

interface Edit {
  readonly lines: readonly string[];
  readonly outcome: UsersChange['outcome'];
}

/** Reads, edits and replaces the file. The new text goes into a lock file made before the reading, so no change is lost. */
async function change(
  path: string,
  editing: (file: UsersFile | 'missing') => Edit | UsersProblem,
): Promise<UsersChange | UsersProblem> {
  // A link stays: the file is changed where it really lies. If there is none, or it is out of reach, the opening fails.
  const target = await realpath(path).catch(() => path);
  const lock = `${target}.lock`;
  const next = await beginDurableWrite(target, lock).catch((error: unknown) => lockTrouble(lock, error));
  if ('kind' in next) return next;
  try {
    const file = await readUsersFile(path);
    if (file !== 'missing' && file.kind === 'users_problem') return file;
    const edit = editing(file);
    if ('kind' in edit) return edit;
    if (file !== 'missing') await keepOwner(next.file, file);
    await next.file.writeFile(edit.lines.map((line) => `${line}\n`).join(''));
    await next.commit('replace');
    return { kind: 'users_change', outcome: edit.outcome };
  } catch (error) {
    return unwritable(path, 'cannot write the users file', error);
  } finally {
    await next.discard();
  }
}

/** A file that root changes for the service's account must stay readable for that account. */
async function keepOwner(next: FileHandle, { owner }: UsersFile): Promise<void> {
  if (process.platform === 'win32') return;
  const { uid, gid } = await next.stat();
  if (uid !== owner.uid || gid !== owner.gid) await next.chown(owner.uid, owner.gid);
  await next.chmod(owner.mode);
}

function lockTrouble(lock: string, error: unknown): UsersProblem {
  if (errorCode(error) !== 'EEXIST') return unwritable(lock, 'cannot write it', error);
  const hint = 'if none is, one was interrupted, and the file can be removed';
  return problemOf(lock, 'unwritable', 'it exists: another change is in progress', hint);
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function isLineOf(line: string, name: string): boolean {
  const user = userIn(line);
  return user !== 'none' && user.name === name;
}

function unwritable(path: string, message: string, error: unknown): UsersProblem {
  const reason = errorReason(error);
  return problemOf(path, 'unwritable', `${message} (${reason})`, remedyFor(reason, 'none'));
}
