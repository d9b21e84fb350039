import { type MissingReply, readSelection, type Rejection, type Selection } from '../../app/tunnels/index.js';
import { RUN_AS_ACCOUNT } from '../../system/index.js';
import { fail, type Input, type OptionText } from '../console/index.js';

const TEXTS = {
  user: ['--user <name>', 'proxy user'],
  client: ['--client <range>', 'client address or network'],
  destination: ['--destination <where>', 'host, host:port, *.name, address or range'],
  port: ['--port <port>', 'destination port'],
  rule: ['--rule <rule>', 'rule that holds: id, or policy/id'],
  policy: ['--policy <name>', 'policy of the rule that holds'],
} as const satisfies Record<keyof Selection, OptionText>;

/** The options that select what is open. */
export const SELECTION_OPTIONS: readonly OptionText[] = Object.values(TEXTS);

/** Reads the selection from the options. Fails with all that is wrong with it. */
export function selectionOf(input: Input): Selection {
  const selection: Selection = Object.fromEntries(
    Object.keys(TEXTS).flatMap((name) => (input.has(name) ? [[name, input.text(name)] as const] : [])),
  );
  const read = readSelection(selection);
  if (read.kind === 'problems') fail('usage', 'invalid filter', ...read.problems);
  return selection;
}

/** Gives the reply, or fails with why there is none. */
export function orFail<T extends { readonly reply: 'tunnels' | 'cut' }>(
  state: string,
  answer: T | Rejection | MissingReply,
): T {
  if (hasNoReply(answer)) {
    if (answer.kind === 'not_running') {
      fail('notRunning', `no instance runs with the state folder "${state}"`, 'name another state folder with --state');
    }
    if (answer.kind === 'not_permitted') {
      fail('notPermitted', `cannot ask the instance with the state folder "${state}"`, answer.detail, RUN_AS_ACCOUNT);
    }
    fail('notRunning', `the instance with the state folder "${state}" gives no answer`, answer.detail);
  }
  if (isRejection(answer)) fail('usage', 'the instance refused the request', ...answer.problems);
  return answer;
}

function hasNoReply(answer: object): answer is MissingReply {
  return 'kind' in answer;
}

function isRejection(answer: { readonly reply: string }): answer is Rejection {
  return answer.reply === 'rejected';
}
