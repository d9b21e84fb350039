import { ownVersion } from '../../../app/product/index.js';
import { since } from '../../console/index.js';
import { type Finding, findingsOf, type Installation } from '../checks/index.js';

const { ok, warning, problem } = findingsOf('instance');

/** Asks the running instance how it is, and whether it is what is configured here. */
export function checkInstance({ config, status }: Installation): readonly Finding[] {
  if (status.kind === 'not_running') {
    return [
      problem(
        `no tidegate runs with the state folder ${config.state}`,
        'start it, or name another with --state or --config',
      ),
    ];
  }
  if (status.kind === 'no_answer') {
    return [
      problem(
        `the tidegate with the state folder ${config.state} gives no status: ${status.detail}`,
        'ask with the account that it runs as, and with the same version',
      ),
    ];
  }
  const { version, pid, started, now, degraded, stopping, policies } = status.status;
  const who = `tidegate ${version} runs for ${since(started, now)} (process ${pid})`;
  return [
    stopping ? warning(`${who}, and is stopping`, 'wait, and start it again') : ok(who),
    ...degraded.map((each) => problem(`degraded: ${each}`, 'see the lines below')),
    ...(version === ownVersion()
      ? []
      : [warning(`this command is of version ${ownVersion()}`, 'restart tidegate to run the version installed')]),
    ...(policies.folder === config.policies
      ? []
      : [
          warning(
            `it takes its policies from ${policies.folder}, and ${config.policies} is configured here`,
            'restart it to take the configuration over, or name its own with --config',
          ),
        ]),
  ];
}
