import { addressFromSocket, type Destination, formatDestination, parsePort } from '../../../address/index.js';
import type { Attempt } from '../../../attempt/index.js';
import type { Config } from '../../../config/index.js';
import { type DenialReason, explain } from '../../../policy/index.js';
import { ownMachine } from '../../../proxy/index.js';
import type { Loading } from '../../../repository/index.js';
import { printable } from '../../../app/terminal/index.js';
import { ruleText, verdictWord, type VerdictWord } from '../../policy/index.js';
import {
  attemptIn,
  type ConnectReply,
  errorTypeIn,
  type ListenerAddress,
  requestConnect,
} from '../../proxy-client/index.js';
import type { ProxyUser } from '../../console/index.js';
import { type Finding, findingsOf } from '../checks/index.js';

const { ok, warning, problem, skipped } = findingsOf('try');

/** How destinations are tried: through which listener, as which user, and by which policies they are judged before. */
export interface Trial {
  readonly open: ListenerAddress | 'none';
  readonly user: ProxyUser;
  readonly loading: Loading;
  readonly config: Config;
  readonly now: Date;
}

/** Time beyond the proxy's own limit for a reply. */
const SPARE_MS = 2_000;

/**
 * Requests a tunnel to a destination from the running proxy, as a client on this machine would, and closes it at once.
 * It is judged, recorded, looked up and dialled like any attempt; the finding adds the verdict of the policies in the folder.
 */
export async function tryDestination(destination: Destination, trial: Trial): Promise<Finding> {
  const { open, user, config } = trial;
  const authority = formatDestination(destination);
  if (open === 'none') {
    const judged = judge(destination, '127.0.0.1', trial);
    return skipped(`${authority}: ${judged.words}; not dialled, as no instance replies`);
  }
  const timeoutMs = config['timeouts.answer'] + SPARE_MS;
  const asked = await requestConnect(open, authority, user, timeoutMs);
  if (asked.kind === 'answer') asked.socket.destroy();
  return findingOf(authority, asked, judge(destination, asked.kind === 'answer' ? asked.from : open.host, trial));
}

interface Judged {
  readonly word: VerdictWord | 'not_judged';
  readonly words: string;
  readonly reason: DenialReason | 'none';
}

/** The verdict of the policies in the folder, as far as it is known without DNS. */
function judge(destination: Destination, from: string, { loading, config, now, user }: Trial): Judged {
  const port = parsePort('50000');
  if (loading.kind === 'not_loaded' || port.kind === 'malformed') {
    return { word: 'not_judged', words: 'not judged, as the policies in the folder are invalid', reason: 'none' };
  }
  const identity =
    user.kind === 'none' ? ({ kind: 'network' } as const) : ({ kind: 'basic', user: user.user } as const);
  const client = { ip: addressFromSocket(from), port: port.value, identity };
  const attempt: Attempt = { id: 'tried', receivedAt: now, client, destination, intent: { kind: 'tunnel' } };
  const { listen, 'metrics.listen': metrics } = config;
  const machine = ownMachine({ addresses: listen }, metrics === 'off' ? [] : [metrics]);
  const explanation = explain(loading.set, attempt, now, 'not_resolved', machine);
  const word = verdictWord(explanation);
  const { denial } = explanation;
  const reason = denial === 'none' ? 'none' : denial.reason;
  if (word === 'denied') return { word, words: `denied (${reason})`, reason };
  if (word === 'observed') return { word, words: `passes only by observe mode (${reason})`, reason };
  // What a name leads to is looked up, and judged, by the proxy.
  const what = destination.host.kind === 'name' ? 'its name is allowed' : 'allowed';
  return { word, words: `${what} by ${explanation.passedBy.map(({ rule }) => ruleText(rule)).join(', ')}`, reason };
}

function findingOf(authority: string, asked: ConnectReply, judged: Judged): Finding {
  if (asked.kind !== 'answer') {
    const words = asked.kind === 'silent' ? 'the proxy does not reply' : 'the proxy can no longer be reached';
    return problem(`${authority}: ${judged.words}; ${words}`, 'see the findings about instance and listener');
  }
  const { statusCode: status = 0, statusMessage = '' } = asked.head;
  if (status === 200) return connected(`${authority}: ${judged.words}; connected`, judged);
  const words = `${authority}: ${judged.words}; the proxy replies ${status} ${printable(statusMessage)}`;
  const attempt = attemptIn(asked.head);
  return { ...problem(words, remedyFor(status, errorTypeIn(asked.head), attempt, judged)), attempt };
}

function connected(words: string, { word }: Judged): Finding {
  if (word === 'observed') return warning(words, 'add a rule for it before the policy enforces');
  if (word !== 'denied') return ok(words);
  return warning(words, 'the policies in the folder are not the ones in force: see the findings about policies');
}

function remedyFor(status: number, errorType: string, attempt: string, { reason }: Judged): string {
  if (status === 407) return 'name a user with --user NAME; tidegate user check NAME checks the password';
  // A reply that another program sent has no id.
  const show = attempt === 'none' ? 'see the log of tidegate' : `see tidegate audit show ${attempt}`;
  if (status === 403 && reason === 'protocol_not_allowed') {
    return `${show}; a rule with protocol http allows plain requests, not tunnels: tidegate policy explain GET http://…`;
  }
  if (status === 403) return `${show}; if it should be allowed, add a rule`;
  return `${REMEDIES[errorType] ?? 'check that it can be reached from this machine'}; ${show}`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  dns_timeout: 'see the findings about dns',
  dns_error: 'see the findings about dns',
  destination_not_found:
    'correct the name, or write it in full; search domains and /etc/hosts are not used: add it to hosts if it is not in DNS',
  connection_refused: 'start the service, or correct the port',
  connection_timeout: 'check that no firewall blocks this machine',
  proxy_internal_error: 'see the findings about instance and journal',
};
