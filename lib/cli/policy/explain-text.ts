import { formatDestination, type IpAddress } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import {
  lineToAdd,
  type ExplainedFact,
  type ExplainedRule,
  type Explanation,
  type RuleRef,
} from '../../policy/index.js';
import { coloured, type Meaning, printable } from '../../app/terminal/index.js';
import { styleOf } from '../console/index.js';

/** Whether a client is asked to log in; `no_question`: it has a user, or there are no users. */
export type Challenge = 'on-need' | 'always' | 'never' | 'no_question';

/** What is explained: an attempt, where its host leads, and whether its client is asked to log in. */
interface Supposed {
  readonly attempt: Attempt;
  readonly addresses: Addresses;
  readonly challenge: Challenge;
}

type Addresses = readonly IpAddress[] | 'not_resolved';

/** Whether the attempt would pass, by a rule or by observe mode. */
export function isAllowed({ verdict }: Explanation): boolean {
  return verdict.kind !== 'denied';
}

/** Whether it is only known that the name may be looked up: where it leads decides. */
function isPending({ verdict }: Explanation): boolean {
  return verdict.kind === 'admission';
}

/** The verdict and its reasons as text. */
export function explanationText(explanation: Explanation, { attempt, addresses, challenge }: Supposed): string {
  const { passedBy, nearest, deniedBy, verdict } = explanation;
  const lines = [
    headline(explanation, attempt),
    ...(deniedBy === 'none' ? [] : [`deny entry ${ruleText(deniedBy.rule)}: ${deniedBy.reason}`]),
    ...passedBy.flatMap((rule) => [`passes by ${ruleText(rule.rule)}`, ...rule.facts.map(factLine)]),
    ...(nearest.length === 0 || deniedBy !== 'none' ? [] : ['no rule holds for every fact; nearest rules:']),
    ...(deniedBy === 'none' ? nearest.flatMap(failedLines) : []),
    ...addressLines(explanation, addresses),
    ...toAllowLines(explanation, attempt),
    ...logInLines(explanation, challenge),
    `policy revision ${verdict.revision}`,
  ];
  return lines.join('\n');
}

/** The same as one value for JSON. */
export function explanationJson(explanation: Explanation, { attempt, addresses, challenge }: Supposed): object {
  const { verdict, denial, passedBy, nearest, deniedBy } = explanation;
  return {
    verdict: verdictWord(explanation),
    pending: isPending(explanation) ? 'address' : null,
    reason: denial === 'none' ? null : denial.reason,
    revision: verdict.revision,
    passed_by: passedBy,
    nearest,
    denied_by: deniedBy === 'none' ? null : deniedBy,
    addresses: addresses === 'not_resolved' ? null : addresses.map(({ text }) => text),
    dialled: dialledIn(verdict)?.map(({ text }) => text) ?? null,
    to_allow: toAllow(explanation, attempt),
    log_in: logInJson(explanation, challenge),
  };
}

function logInJson({ logIn }: Explanation, challenge: Challenge): unknown {
  if (challenge === 'no_question') return null;
  const asked = challenge === 'always' || (challenge === 'on-need' && logIn !== 'none');
  if (logIn === 'none') return asked ? { asked, user: null, rule: null } : null;
  const { user, ground } = logIn;
  return { asked, user: user === '' ? null : user, rule: ground.kind === 'rules' ? refOf(ground.rules[0]) : null };
}

function refOf({ policy, id, file, line }: RuleRef): RuleRef {
  return { policy, id, file, line };
}

/** Whether a client without a user is asked to log in, and which user that would help. */
function logInLines({ logIn }: Explanation, challenge: Challenge): readonly string[] {
  if (challenge === 'no_question') return [];
  if (logIn === 'none')
    return challenge === 'always' ? ['asked to log in first (407): "users.challenge" is always'] : [];
  const { user, ground } = logIn;
  const who = user === '' ? 'a user that no policy names' : `user ${printable(user)}`;
  const passes = ground.kind === 'rules' ? `would pass by ${ruleText(ground.rules[0])}` : 'would be observed';
  const asked = challenge === 'never' ? 'not asked to log in, by the configuration' : 'asked to log in first (407)';
  return [`${asked}: ${who} ${passes}`];
}

function dialledIn(verdict: Explanation['verdict']): readonly IpAddress[] | undefined {
  if (verdict.kind === 'permit') return verdict.addresses;
  return verdict.kind === 'clearance' ? [verdict.address] : undefined;
}

/** See {@link verdictWord}. */
export type VerdictWord = 'allowed' | 'observed' | 'denied';
const MEANINGS = { allowed: 'good', observed: 'warning', denied: 'bad' } as const satisfies Record<
  VerdictWord,
  Meaning
>;

const HEADLINES = {
  allowed: 'allowed',
  observed: 'would be denied once enforced (passes now: observe mode)',
  denied: 'denied',
} as const satisfies Record<VerdictWord, string>;

/** The verdict: `observed` passes, and would be denied once enforced. */
export function verdictWord(explanation: Explanation): VerdictWord {
  if (!isAllowed(explanation)) return 'denied';
  return explanation.denial === 'none' ? 'allowed' : 'observed';
}

function headline(explanation: Explanation, { client, destination, intent }: Attempt): string {
  const word = verdictWord(explanation);
  const { denial } = explanation;
  const what = intent.kind === 'tunnel' ? 'CONNECT' : intent.method;
  const path = intent.kind === 'tunnel' ? '' : intent.path;
  const who = client.identity.kind === 'basic' ? `user ${printable(client.identity.user)}` : 'without user';
  const why = denial === 'none' ? '' : ` (${denial.reason})`;
  const pending = isPending(explanation);
  const rest = pending ? ', its addresses are still to be judged' : '';
  const verdict = `${word === 'allowed' && pending ? 'allowed so far' : HEADLINES[word]}${why}${rest}`;
  const shown = coloured(verdict, MEANINGS[pending ? 'observed' : word], styleOf(process.stdout));
  const text = `${what} ${formatDestination(destination)}${path} from ${client.ip.text}, ${who}`;
  return `${shown}: ${text}`;
}

/** A rule and its position: `policy/id (file:line)`. */
export function ruleText({ policy, id, file, line }: RuleRef): string {
  return `${policy}/${id} (${file}:${line})`;
}

/** A nearest rule, with the facts that do not hold; the others are in the JSON. */
function failedLines({ rule, facts }: ExplainedRule): readonly string[] {
  return [`  ${ruleText(rule)}`, ...facts.filter(({ held }) => !held).map((fact) => `  ${factLine(fact)}`)];
}

function factLine({ fact, held, words }: ExplainedFact): string {
  const style = styleOf(process.stdout);
  const mark = held ? coloured('yes', 'good', style) : coloured('no ', 'bad', style);
  return `  ${mark}  ${fact.replace('_', ' ').padEnd(17)}  ${printable(words)}`;
}

/** Where a name may lead, while that is not known. */
const MAY_LEAD = {
  enforces: 'it must lead to a public address, or to one that "resolves-to" or "to" of the rule lists',
  observes:
    'it passes if it leads to a public or private address; loopback, link-local, cloud metadata and own ones do not',
  no_policy_applies: 'no policy applies to this client',
} as const satisfies Record<Explanation['stance'], string>;

function addressLines({ denial, verdict, stance }: Explanation, addresses: Addresses): readonly string[] {
  if (verdict.kind === 'admission')
    return ['the addresses of the name are not judged: add --resolve or --answers', MAY_LEAD[stance]];
  const dropped = denial === 'none' || denial.dropped === 'not_reached' ? [] : denial.dropped;
  const passing = dialledIn(verdict) ?? [];
  const left = dropped.filter(({ address }) => !passing.some(({ text }) => text === address.text));
  return [
    ...(addresses === 'not_resolved' ? [] : [`addresses: ${addresses.map(({ text }) => text).join(', ')}`]),
    ...left.map(({ address, reason }) => `not permitted: ${address.text} (${reason})`),
  ];
}

function toAllowLines(explanation: Explanation, attempt: Attempt): readonly string[] {
  const line = toAllow(explanation, attempt);
  return line === null ? [] : [`to allow it, ${line}`];
}

/** What to change in a policy file so that it would pass. */
function toAllow({ denial, verdict }: Explanation, { client, destination, intent }: Attempt): string | null {
  if (denial === 'none') return null;
  const { host, port } = destination;
  const dropped = denial.dropped === 'not_reached' ? [] : denial.dropped;
  const line = lineToAdd({
    reason: denial.reason,
    host: host.kind === 'name' ? host.name : host.address.text,
    port,
    kind: intent.kind,
    client: client.identity.kind === 'basic' ? { user: client.identity.user } : { ip: client.ip.text },
    method: intent.kind === 'tunnel' ? 'CONNECT' : intent.method,
    path: intent.kind === 'tunnel' ? 'not_known' : intent.path,
    nearest: denial.nearest.map(({ rule: { policy, id }, failed }) => ({ policy, id, failed })),
    passing: (dialledIn(verdict) ?? []).map(({ text }) => text),
    dropped: dropped.map(({ address, reason }) => ({ ip: address.text, reason })),
  });
  return line === 'none' ? null : line;
}
