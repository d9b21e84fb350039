import { requestStatus } from '../../app/status/index.js';
import { type CommandSpec, type ExitName, fail, type Input, settle, printResult } from '../console/index.js';
import { statusText } from './status-text.js';

/** `status`. */
export const statusCommand: CommandSpec = {
  usage: 'status',
  summary: 'show the state of the running instance: exit code 0 healthy, 1 degraded, 3 not running',
  examples: ['tidegate status', 'tidegate status --state /var/lib/tidegate --json'],
  settings: ['state'],
  options: [['--json', 'print one JSON object']],
  action: showStatus,
};

async function showStatus(input: Input): Promise<ExitName> {
  const { state } = (await settle(input)).config;
  const answer = await requestStatus(state);
  if (answer.kind === 'not_running') {
    fail('notRunning', `no instance runs with the state folder "${state}"`, 'name another state folder with --state');
  }
  if (answer.kind === 'no_answer') {
    fail('notRunning', `the instance with the state folder "${state}" gives no status`, answer.detail);
  }
  const { status } = answer;
  return printResult(input, status, () => statusText(status), status.degraded.length === 0 ? 'ok' : 'found');
}
