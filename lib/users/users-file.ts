import type { Stats } from 'node:fs';
import { readPrivately, remedyFor } from '../system/index.js';
import { type FilePosition, positionAt, type Problem, wholeFileProblem } from '../text/index.js';
import { checkUserName } from './credentials.js';
import { type PasswordHash, readPasswordHash } from './password-hash.js';

/** What is wrong with a users file. Never shows a hash or a password. */
export interface UsersProblem {
  readonly kind: 'users_problem';
  readonly problems: readonly [Problem, ...Problem[]];
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
      return parseUsers(read.bytes.toString('utf8'), path, read.stats);
    case 'absent':
      return 'missing';
    case 'exposed':
      return problemOf(path, 'exposed', 'the users file is accessible to other accounts', `run chmod 600 ${path}`);
    case 'too_large':
      return problemOf(path, 'too_large', 'the users file is larger than 1 MiB');
    case 'failed':
      return problemOf(
        path,
        'unreadable',
        `cannot read the users file (${read.reason})`,
        remedyFor(read.reason, 'none'),
      );
  }
}

/** Lists the names in a users file, in file order. A missing file is a problem. */
export async function listUsers(path: string): Promise<readonly string[] | UsersProblem> {
  const file = await readUsersFile(path);
  if (file === 'missing') return missing(path);
  return file.kind === 'users_problem' ? file : [...file.users.keys()];
}

/** Reads the lines of a users file: `name:hash`, blank, or `#` and a comment. */
function parseUsers(text: string, file: string, { uid, gid, mode }: Stats): UsersFile | UsersProblem {
  const users = new Map<string, PasswordHash>();
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const user = userIn(line);
    if (user === 'none') continue;
    const read = readLine(user.name, user.hash, users);
    if ('salt' in read) {
      users.set(user.name, read);
      continue;
    }
    const { part, code, message, hint } = read;
    const position = { ...positionIn(line, part), line: index + 1 };
    problems.push({ severity: 'error', code, file, position, message, hint });
  }
  const [first, ...rest] = problems;
  if (first !== undefined) return { kind: 'users_problem', problems: [first, ...rest] };
  return { kind: 'users_file', text, users, owner: { uid, gid, mode: mode & 0o777 } };
}

/** The position of the name or of the hash; the excerpt shows only a name that is one: anything else may be a secret. */
function positionIn(line: string, part: LineProblem['part']): FilePosition {
  const colon = line.indexOf(':');
  const begin = line.length - line.trimStart().length;
  const isShown = colon !== -1 && checkUserName(line.slice(begin, colon)).kind !== 'unusable';
  const from = isShown ? colon + 1 : 0;
  const shown = `${line.slice(0, from)}${line.slice(from).replaceAll(/\S/g, '*')}`;
  const end = line.trimEnd().length;
  if (part === 'hash') return positionAt(shown, [0], colon + 1, end);
  return positionAt(shown, [0], begin, colon === -1 ? end : colon);
}

/** The user of a line, and the text of the hash; `'none'` for comments and blank lines. */
export function userIn(line: string): { readonly name: string; readonly hash: string } | 'none' {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return 'none';
  const colon = text.indexOf(':');
  return colon === -1 ? { name: text, hash: '' } : { name: text.slice(0, colon), hash: text.slice(colon + 1) };
}

interface LineProblem extends Pick<Problem, 'code' | 'message' | 'hint'> {
  readonly part: 'name' | 'hash';
}

function readLine(name: string, text: string, known: ReadonlyMap<string, PasswordHash>): PasswordHash | LineProblem {
  const usable = checkUserName(name);
  const message = 'not a name:hash line';
  if (usable.kind === 'unusable') return { part: 'name', code: 'bad_user', message, hint: usable.detail };
  if (text === '') return { part: 'name', code: 'bad_hash', message, hint: MAKE };
  const hash = readPasswordHash(text);
  if (hash === 'foreign') {
    const hint = `make it with tidegate user add ${name}`;
    return { part: 'hash', code: 'bad_hash', message: `the hash of ${name} is not in the supported form`, hint };
  }
  if (!known.has(name)) return hash;
  return { part: 'name', code: 'duplicate_user', message: `duplicate user ${name}`, hint: 'remove one of the lines' };
}

const MAKE = 'make it with tidegate user add NAME';

/** The problem of a users file that does not exist. */
export function missing(path: string): UsersProblem {
  return problemOf(path, 'unreadable', 'there is no users file', MAKE);
}

/** Makes a problem of a whole file. */
export function problemOf(...found: Parameters<typeof wholeFileProblem>): UsersProblem {
  return { kind: 'users_problem', problems: [wholeFileProblem(...found)] };
}
