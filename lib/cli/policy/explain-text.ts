import { formatDestination, type IpAddress } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import type { Denial, ExplainedFact, ExplainedRule, Explanation, RuleRef } from '../../policy/index.js';
import { coloured, type Meaning, printable } from '../../app/terminal/index.js';
import { styleOf } from '../console/index.js';

type Addresses = readonly IpAddress[] | 'not_resolved';

/** Whether the attempt would pass, by a rule or by observe mode. */
export function isAllowed({ verdict }: Explanation): boolean {
  return verdict.kind !== 'denied';
}

/** The verdict and its reasons as text. */
export function explanationText(explanation: Explanation, attempt: Attempt, addresses: Addresses): string {
  const { passedBy, nearest, deniedBy, verdict, denial } = explanation;
  const lines = [
    headline(explanation, attempt),
    ...(deniedBy === 'none' ? [] : [`deny entry ${ruleText(deniedBy.rule)}: ${deniedBy.reason}`]),
    ...passedBy.flatMap((rule) => [`passes by ${ruleText(rule.rule)}`, ...rule.facts.map(factLine)]),
    ...(nearest.length === 0 || deniedBy !== 'none' ? [] : ['no rule holds for every fact; nearest rules:']),
    ...(deniedBy === 'none' ? nearest.flatMap(failedLines) : []),
    ...addressLines(denial, addresses, verdict.kind === 'admission'),
    `policy revision ${verdict.revision}`,
  ];
  return lines.join('\n');
}

/** The same as one value for JSON. */
export function explanationJson(explanation: Explanation, addresses: Addresses): unknown {
  const { verdict, denial, passedBy, nearest, deniedBy } = explanation;
  return {
    verdict: verdictWord(explanation),
    reason: denial === 'none' ? null : denial.reason,
    revision: verdict.revision,
    passed_by: passedBy,
    nearest,
    denied_by: deniedBy === 'none' ? null : deniedBy,
    addresses: addresses === 'not_resolved' ? null : addresses.map(({ text }) => text),
    dialled: dialledIn(verdict)?.map(({ text }) => text) ?? null,
  };
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
  const verdict = word === 'observed' ? 'would be denied once enforced (passes now: observe mode)' : word;
  const shown = coloured(`${verdict}${why}`, MEANINGS[word], styleOf(process.stdout));
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

function addressLines(denial: Denial | 'none', addresses: Addresses, onlyAdmitted: boolean): readonly string[] {
  if (onlyAdmitted) return ['the addresses of the name are not judged: add --resolve or --answers'];
  const dropped = denial === 'none' || denial.dropped === 'not_reached' ? [] : denial.dropped;
  return [
    ...(addresses === 'not_resolved' ? [] : [`addresses: ${addresses.map(({ text }) => text).join(', ')}`]),
    ...dropped.map(({ address, reason }) => `not permitted: ${address.text} (${reason})`),
  ];
}
