import { isDeepStrictEqual } from 'node:util';
import { passwordMatches } from './password-hash.js';
import { missing, readUsersFile, type UsersFile, type UsersProblem } from './users-file.js';
import { LimitNotices, type LimitNotice } from './limit-notices.js';
import { type LogInCounts, type PasswordCheck, Verifier } from './verifier.js';

/** The events of a users file, and a monotonic clock in milliseconds. */
interface UsersOptions {
  /** Another list is in force; `count` users are in it. */
  readonly onReload: (count: number) => void;
  /** The changed file cannot be used; the last good list stays in force. Called once for each such change. */
  readonly onProblem: (problem: UsersProblem) => void;
  /** What a reading of the file threw, or one of the two above: a bug. The list in force stays. */
  readonly onFault?: (error: unknown) => void;
  /** Log-ins were refused without a check. Called at the first, and then at most once a minute. */
  readonly onLimited?: (notice: LimitNotice) => void;
  readonly now: () => number;
}

/** What is in force, and how log-ins went. */
interface UsersStatus {
  readonly users: number;
  readonly problem: UsersProblem | 'none';
  /** Outcomes since the start. */
  readonly logIns: LogInCounts;
  /** Password checks that wait for their turn. */
  readonly waiting: number;
}

/** The users in force. The file is read once a second. */
export interface Users {
  readonly kind: 'users';
  /**
   * Checks a password sent from `from`: a client's address, or the block of addresses it has. A password that was right from
   * there in the last five minutes is known again in microseconds, and for five more; any other takes about 80 ms in the
   * thread pool, whether the user exists or not.
   */
  readonly verify: (name: string, password: string, from: string) => Promise<PasswordCheck>;
  /** Gives 16 characters that stand for an unverified name. The key is random and lives as long as the process. */
  readonly hashUserName: (name: string) => string;
  /** The names of the users in force. */
  readonly names: () => Pick<UsersFile['users'], 'has' | 'keys'>;
  readonly status: () => UsersStatus;
  /** Reads the file now. */
  readonly reload: () => Promise<void>;
  /** Stops reading the file. */
  readonly close: () => void;
}

const POLL_MS = 1_000;

/** Reads a users file and keeps it in force, or reports what is wrong with it. */
export async function openUsers(path: string, options: UsersOptions): Promise<Users | UsersProblem> {
  const first = await readPresent(path);
  if (first.kind === 'users_problem') return first;
  const verifier = new Verifier(options.now, passwordMatches);
  const notices = new LimitNotices(options.now, (notice) => options.onLimited?.(notice));
  let inForce = first;
  let problem: UsersProblem | 'none' = 'none';
  verifier.use(first.users);

  const look = async (): Promise<void> => {
    const next = await readPresent(path);
    if (next.kind === 'users_problem') {
      if (isDeepStrictEqual(next, problem)) return;
      problem = next;
      options.onProblem(next);
      return;
    }
    const changed = next.text !== inForce.text;
    if (!changed && problem === 'none') return;
    inForce = next;
    problem = 'none';
    if (changed) verifier.use(next.users);
    options.onReload(next.users.size);
  };

  const { reload, close } = repeat(look, (error) => options.onFault?.(error));
  return {
    kind: 'users',
    verify: async (name, password, from) => {
      const outcome = await verifier.verify(name, password, from);
      if (outcome === 'rate_limited' || outcome === 'busy') notices.add(outcome, from);
      return outcome;
    },
    hashUserName: (name) => verifier.hashUserName(name),
    names: () => inForce.users,
    status: () => {
      const { counts, waiting } = verifier.status();
      return { users: inForce.users.size, problem, logIns: counts, waiting };
    },
    reload,
    close,
  };
}

async function readPresent(path: string): Promise<UsersFile | UsersProblem> {
  const file = await readUsersFile(path);
  return file === 'missing' ? missing(path) : file;
}

/** Calls `look` once a second, and when asked to; never two at a time. Does not keep the process alive. */
function repeat(look: () => Promise<void>, onFault: (error: unknown) => void): Pick<Users, 'reload' | 'close'> {
  let last: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => {
    // Whatever one look throws must not be the end of all later ones.
    last = last.then(look).catch(onFault);
    return last;
  };
  let timer = setTimeout(tick, POLL_MS).unref();
  let closed = false;
  function tick(): void {
    void reload().finally(() => {
      if (!closed) timer = setTimeout(tick, POLL_MS).unref();
    });
  }
  const close = (): void => {
    closed = true;
    clearTimeout(timer);
  };
  return { reload, close };
}
