import { ownVersion } from '../../../app/product/index.js';
import { RUN_AS_ACCOUNT } from '../../../system/index.js';
import { duration } from '../../console/index.js';
import { type Finding, findingsOf, type Installation } from '../checks/index.js';

const { ok, warning, problem } = findingsOf('instance');

/** Checks the state of the running instance, and whether it runs with this configuration. */
export function checkInstance({ config, status }: Installation): readonly Finding[] {
  const { state } = config;
  if (status.kind === 'not_running') {
    const remedy = 'start one, or name another state folder with --state or --config';
    return [problem(`no instance runs with the state folder ${state}`, remedy)];
  }
  if (status.kind === 'not_permitted') {
    const words = `this account may not ask the instance with the state folder ${state}: ${status.detail}`;
    return [problem(words, RUN_AS_ACCOUNT)];
  }
  if (status.kind === 'no_answer') {
    const remedy = `${RUN_AS_ACCOUNT}, and with the same version`;
    return [problem(`the instance with the state folder ${state} gives no status: ${status.detail}`, remedy)];
  }
  const { version, pid, started, now, degraded, stopping, policies } = status.status;
  const who = `tidegate ${version}, running for ${duration(started, now)} (process ${pid})`;
  return [
    stopping ? warning(`${who}, stopping`, 'wait until it has stopped, and start it again') : ok(who),
    degraded.map((each) => problem(`degraded: ${each}`, 'see the findings below')),
    version === ownVersion()
      ? []
      : warning(`version ${ownVersion()} is installed`, 'restart tidegate to run the installed version', 'advised'),
    policies.folder === config.policies
      ? []
      : warning(
          `the policies in force are from ${policies.folder}, but ${config.policies} is configured`,
          'restart tidegate to apply the configuration, or name its configuration with --config',
          'advised',
        ),
  ].flat();
}
