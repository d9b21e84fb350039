import { requestStatus } from '../../app/status/index.js';
import { RUN_AS_ACCOUNT } from '../../system/index.js';
import { type CommandSpec, type ExitName, fail, type Input, printResult, settle, sourceOf } from '../console/index.js';
import { statusText } from './status-text.js';

/** `status`. */
export const statusCommand: CommandSpec = {
  usage: 'status',
  summary: 'show the state of the running instance: exit code 0 healthy, 1 degraded, 3 not running, 77 not permitted',
  examples: ['tidegate status', 'tidegate status --state /var/lib/tidegate --json'],
  settings: ['state'],
  options: [['--json', 'print one JSON object']],
  action: showStatus,
};

async function showStatus(input: Input): Promise<ExitName> {
  const settled = await settle(input);
  const { state } = settled.config;
  const answer = await requestStatus(state);
  if (answer.kind === 'not_running') {
    const words = `no instance runs with the state folder "${state}" (${sourceOf(settled, 'state')})`;
    fail('notRunning', words, 'name another one with --state, or its configuration with --config');
  }
  if (answer.kind === 'not_permitted') {
    fail('notPermitted', `cannot ask the instance with the state folder "${state}"`, answer.detail, RUN_AS_ACCOUNT);
  }
  if (answer.kind === 'no_answer') {
    fail('notRunning', `the instance with the state folder "${state}" gives no status`, answer.detail);
  }
  const { status } = answer;
  return printResult(input, status, () => statusText(status), status.degraded.length === 0 ? 'ok' : 'found');
}
