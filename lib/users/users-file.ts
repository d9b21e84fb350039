import type { Stats } from 'node:fs';
import { readPrivately } from '../system/index.js';
import { checkUserName } from './credentials.js';
import { type PasswordHash, readPasswordHash } from './password-hash.js';

/** What is wrong with a users file, one sentence each, with file and line where there is one. Never holds a hash. */
export interface UsersProblem {
  readonly kind: 'users_problem';
  readonly problems: readonly [string, ...string[]];
}

/** A users file as read: its text, the users in it, and who may use the file. */
export interface UsersFile {
  readonly kind: 'users_file';
  readonly text: string;
  readonly users: ReadonlyMap<string, PasswordHash>;
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number };
}

const MAX_BYTES = 1024 * 1024;
/** The group may read it; other accounts nothing. */
const OPEN_TO_OTHERS = 0o027;

/**
 * Reads a whole users file, or reports everything that is wrong with it; `'missing'` if there is none. On POSIX a file
 * that other accounts may read or write is refused. Its group may read it (`root:tidegate` 0640 is common).
 */
export async function readUsersFile(path: string): Promise<UsersFile | UsersProblem | 'missing'> {
  const read = await readPrivately(path, MAX_BYTES, OPEN_TO_OTHERS);
  switch (read.kind) {
    case 'bytes':
      return parseUsers(read.bytes.toString('utf8'), path, ownerOf(read.stats));
    case 'absent':
      return 'missing';
    case 'exposed':
      return problemOf(`the users file ${path} is accessible to other accounts; run chmod 600 ${path}`);
    case 'too_large':
      return problemOf(`the users file ${path} is larger than 1 MiB`);
    case 'failed':
      return problemOf(`cannot read the users file ${path} (${read.reason})`);
  }
}

function ownerOf({ uid, gid, mode }: Stats): UsersFile['owner'] {
  return { uid, gid, mode: mode & 0o777 };
}

/** Lists the names in a users file, in file order. A missing file is a problem. */
export async function listUsers(path: string): Promise<readonly string[] | UsersProblem> {
  const file = await readUsersFile(path);
  if (file === 'missing') return missing(path);
  return file.kind === 'users_problem' ? file : [...file.users.keys()];
}

/** Reads the lines of a users file: `name:hash`, blank, or `#` and a comment. */
function parseUsers(text: string, path: string, owner: UsersFile['owner']): UsersFile | UsersProblem {
  const users = new Map<string, PasswordHash>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const user = userIn(line);
    if (user === 'none') continue;
    const read = readLine(user.name, user.hash, users);
    if (read.kind === 'problem') problems.push(`${path}:${index + 1}: ${read.detail}`);
    else users.set(user.name, read.hash);
  }
  const [first, ...rest] = problems;
  if (first !== undefined) return { kind: 'users_problem', problems: [first, ...rest] };
  return { kind: 'users_file', text, users, owner };
}

/** The user of a line, and the text of the hash; `'none'` for comments and blank lines. */
export function userIn(line: string): { readonly name: string; readonly hash: string } | 'none' {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return 'none';
  const colon = text.indexOf(':');
  return colon === -1 ? { name: text, hash: '' } : { name: text.slice(0, colon), hash: text.slice(colon + 1) };
}

type UserLine =
  { readonly kind: 'user'; readonly hash: PasswordHash } | { readonly kind: 'problem'; readonly detail: string };

function readLine(name: string, hashText: string, known: ReadonlyMap<string, PasswordHash>): UserLine {
  const usable = checkUserName(name);
  if (usable.kind === 'unusable') return { kind: 'problem', detail: `not a name:hash line: ${usable.detail}` };
  const hash = readPasswordHash(hashText);
  if (hash === 'foreign') {
    return {
      kind: 'problem',
      detail: `the hash of ${name} is not in the supported form; make it with tidegate user add ${name}`,
    };
  }
  if (known.has(name)) return { kind: 'problem', detail: `duplicate user ${name}; remove one of the lines` };
  return { kind: 'user', hash };
}

/** The problem of a users file that does not exist. */
export function missing(path: string): UsersProblem {
  return problemOf(`there is no users file ${path}; make it with tidegate user add NAME`);
}

/** Makes a problem of one sentence. */
export function problemOf(detail: string): UsersProblem {
  return { kind: 'users_problem', problems: [detail] };
}
