import { addressFromSocket, type Destination, formatDestination, parsePort } from '../../../address/index.js';
import type { Attempt } from '../../../attempt/index.js';
import type { Config } from '../../../config/index.js';
import { type DenialReason, explain } from '../../../policy/index.js';
import { ownListenerCheck } from '../../../proxy/index.js';
import type { Loading } from '../../../repository/index.js';
import { printable } from '../../../app/terminal/index.js';
import { denialIn, ruleText, verdictWord, type VerdictWord } from '../../policy/index.js';
import { type Asked, askProxy, errorTypeIn, fieldIn, type Question } from './ask-proxy.js';
import { type Finding, findingsOf } from '../checks/index.js';
import type { Door } from './listener.js';

const { ok, warning, problem, skipped } = findingsOf('try');

/** How destinations are tried: through which listener, as whom, and by which policies they are judged beforehand. */
export interface Trial {
  readonly open: Door | 'none';
  readonly credentials: Question['credentials'];
  readonly loading: Loading;
  readonly config: Config;
  readonly now: Date;
}

/** More than the proxy takes for an answer itself. */
const SPARE_MS = 2_000;

/**
 * Asks the running proxy for a tunnel to a destination, as a client on this machine would, and hangs up once it is there.
 * It is judged, recorded, looked up and dialled like any attempt; beside the answer stands what the policies in the folder say.
 */
export async function tryDestination(destination: Destination, trial: Trial): Promise<Finding> {
  const { open, credentials, config } = trial;
  const authority = formatDestination(destination);
  if (open === 'none') {
    const judged = judge(destination, '127.0.0.1', trial);
    return skipped(`${authority}: ${judged.words}; not dialled, as no tidegate answers`);
  }
  const patienceMs = config['timeouts.answer'] + SPARE_MS;
  const asked = await askProxy({ to: open, authority, credentials, patienceMs });
  return tell(authority, asked, judge(destination, asked.kind === 'answer' ? asked.from : open.host, trial));
}

interface Judged {
  readonly word: VerdictWord | 'not_judged';
  readonly words: string;
  readonly reason: DenialReason | 'none';
}

/** What the judge says by the policies in the folder, as far as it can without the answers of DNS. */
function judge(destination: Destination, from: string, { loading, config, now, credentials }: Trial): Judged {
  const port = parsePort('50000');
  if (loading.kind === 'not_loaded' || port.kind === 'malformed') {
    return { word: 'not_judged', words: 'not judged, as the policies in the folder have problems', reason: 'none' };
  }
  const identity =
    credentials === 'none' ? ({ kind: 'network' } as const) : ({ kind: 'basic', user: credentials.user } as const);
  const client = { ip: addressFromSocket(from), port: port.value, identity };
  const attempt: Attempt = { id: 'tried', receivedAt: now, client, destination, intent: { kind: 'tunnel' } };
  const { listen, 'metrics.listen': metrics } = config;
  const isOwn = ownListenerCheck({ addresses: listen }, metrics === 'off' ? [] : [metrics]);
  const explanation = explain(loading.set, attempt, now, 'not_resolved', isOwn);
  const word = verdictWord(explanation);
  const denial = denialIn(explanation);
  const reason = denial === 'none' ? 'none' : denial.reason;
  if (word === 'denied') return { word, words: `denied (${reason})`, reason };
  if (word === 'observed') return { word, words: `passes only because policy observes (${reason})`, reason };
  // What a name leads to is looked up, and judged, by the proxy.
  const what = destination.host.kind === 'name' ? 'its name is allowed' : 'allowed';
  return { word, words: `${what} by ${explanation.passedBy.map(({ rule }) => ruleText(rule)).join(', ')}`, reason };
}

function tell(authority: string, asked: Asked, judged: Judged): Finding {
  if (asked.kind !== 'answer') {
    const words = asked.kind === 'silent' ? 'the proxy gives no answer' : 'the proxy cannot be asked any more';
    return problem(`${authority}: ${judged.words}; ${words}`, 'see the lines about instance and listener');
  }
  const { head } = asked;
  if (head.status === 200) return connected(authority, judged);
  const words = `${authority}: ${judged.words}; the proxy says ${head.status} ${printable(head.reason)}`;
  const attempt = fieldIn(head, 'x-tidegate-attempt');
  const found = problem(words, remedyFor(head.status, errorTypeIn(head), attempt, judged));
  return { ...found, attempt: attempt === '' ? 'none' : attempt };
}

function connected(authority: string, judged: Judged): Finding {
  const words = `${authority}: ${judged.words}; connected`;
  switch (judged.word) {
    case 'allowed':
    case 'not_judged':
      return ok(words);
    case 'observed':
      return warning(words, 'write a rule for it before the policy enforces');
    case 'denied':
      return warning(words, 'another policy set is in force than lies in the folder: see the lines about policies');
  }
}

function remedyFor(status: number, errorType: string, attempt: string, { reason }: Judged): string {
  if (status === 407) return 'give --user NAME; tidegate user check NAME tells whether its password is right';
  const show = `tidegate audit show ${attempt} tells more`;
  if (status === 403 && reason === 'protocol_not_allowed') {
    return `${show}; a rule of protocol http lets plain requests out and no tunnels: tidegate policy explain GET http://…`;
  }
  if (status === 403) return `${show}; if it is right that it gets out, a rule must say so`;
  return `${REMEDIES[errorType] ?? 'see that it can be reached from this machine'}; ${show}`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  dns_timeout: 'see the lines about dns',
  dns_error: 'see the lines about dns',
  destination_not_found: 'correct the name, or put it into hosts if it lives in no DNS',
  connection_refused: 'start what should listen there, or correct the port',
  connection_timeout: 'see that a firewall lets this machine through',
  proxy_internal_error: 'see the lines about instance and journal',
};
