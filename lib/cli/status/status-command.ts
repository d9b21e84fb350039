import { requestStatus } from '../../app/status/index.js';
import { type CommandSpec, failure, type Input, type Result, settle, printResult } from '../console/index.js';
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

async function showStatus(input: Input): Promise<Result> {
  const settled = await settle(input);
  if (settled.kind === 'failure') return settled;
  const { state } = settled.config;
  const answer = await requestStatus(state);
  switch (answer.kind) {
    case 'not_running':
      return failure(
        'notRunning',
        `no instance runs with the state folder "${state}"`,
        'name another state folder with --state',
      );
    case 'no_answer':
      return failure('notRunning', `the instance with the state folder "${state}" gives no status`, answer.detail);
    case 'status': {
      const exit = answer.status.degraded.length === 0 ? 'ok' : 'found';
      return printResult(input, answer.status, () => statusText(answer.status), exit);
    }
  }
}
