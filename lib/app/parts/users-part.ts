import { formatProblem, summariseProblem } from '../../text/index.js';
import { openUsers, type Users } from '../../users/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { counted } from '../../system/values/index.js';

/** Opens the users file, if there is one. Throws a {@link StartError}. */
export async function usersPart({ config, log, recording }: AppContext): Promise<Users | 'off'> {
  const path = config['users.file'];
  if (path === 'none') return 'off';
  const users = await openUsers(path, {
    onReload: (count) => {
      log.info('users loaded', { users: count });
      void recording.record({ kind: 'admin', action: 'users_loaded', detail: counted(count, 'user') });
    },
    onProblem: ({ problems }) =>
      log.error('changed users file rejected; the previous users stay in force', {
        problems: problems.map(summariseProblem),
      }),
    onFault: (error) => log.error('unexpected error while reading the users file', { error }),
    onLimited: ({ rateLimited, busy, from }) =>
      log.warn('log-ins refused without a password check', { rate_limited: rateLimited, busy, newest_client: from }),
    now: () => performance.now(),
  });
  if (users.kind === 'users') return users;
  throw new StartError('users_unusable', `invalid users file "${path}"`, users.problems.map(formatProblem));
}
