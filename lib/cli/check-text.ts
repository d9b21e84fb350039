import type { CheckContent, CloseContent } from '../audit/index.js';
import { type PinProposal, proposePins } from '../review/index.js';

/** What was looked at in a tunnel and what came of it, in words, and the lines that would pin what was seen. */
export function checkTexts(close: CloseContent): readonly string[] {
  const { checks, judged_by: rule = null } = close;
  if (checks === undefined) return ['no checks: an earlier version wrote this record'];
  if (checks === null) return [];
  const by = rule === null ? 'no rule came near' : `as rule ${rule.policy}/${rule.id} asks (${rule.file}:${rule.line})`;
  return [
    checks.length === 0 ? 'no checks: the rule asks for nothing' : `checks, ${by}`,
    ...checks.flatMap((check) => [`  ${headText(check)}`, ...moreTexts(check, close).map((text) => `    ${text}`)]),
    ...proposePins(close).flatMap(proposalTexts),
  ];
}

const FACTS: ReadonlyMap<string, string> = new Map([
  ['server_name', 'server name'],
  ['thumbprint', 'server certificate'],
  ['client_thumbprint', 'client certificate'],
  ['host_key', 'host key'],
]);

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['verified', 'verified'],
  ['probed', 'probed, not verified'],
  ['mismatch', 'MISMATCH'],
  ['not_visible', 'not visible'],
  ['not_checked', 'not checked'],
]);

function headText({ fact, outcome, seen }: CheckContent): string {
  const what = FACTS.get(fact) ?? fact;
  return `${what}: ${OUTCOMES.get(outcome) ?? outcome}, ${seen === null ? 'nothing was seen' : `seen ${seen}`}`;
}

function moreTexts(check: CheckContent, close: CloseContent): readonly string[] {
  const { expected, expected_count: count, detail } = check;
  const more = count > expected.length ? ` and ${count - expected.length} more` : '';
  return [
    count === 0 ? 'the rule lists none' : `the rule lists ${expected.join(', ')}${more}`,
    worthText(check, close),
    detail ?? '',
  ].filter((text) => text !== '');
}

/** What the wire can prove of an identity, beside what it did prove (law 11). */
function worthText({ fact, seen }: CheckContent, close: CloseContent): string {
  if (fact === 'server_name' || seen === null) return '';
  const shown = fact === 'client_thumbprint' ? close.client_shown : close.server_shown;
  if (shown === 'claimed' && fact === 'host_key') {
    return 'it is what the server claims: an honest client checks that it has the key, a proxy cannot';
  }
  return WORTHS.get(shown ?? '') ?? '';
}

const WORTHS: ReadonlyMap<string, string> = new Map([
  ['proven', 'its key signed this handshake'],
  ['forged', 'its key did NOT sign this handshake: somebody shows a certificate of another'],
  ['claimed', 'it was shown without a signature that could be checked'],
  ['probed', 'an own handshake with the same address showed it, this tunnel did not'],
]);

/** What to put into the rule. The YAML stands by itself on a line, to be copied. */
function proposalTexts({ rule, kind, yaml }: PinProposal): readonly string[] {
  const where = `in rule ${rule.id} (${rule.file}:${rule.line})`;
  return kind === 'first'
    ? [`to pin what this attempt saw, ${where}:`, yaml]
    : [`seen instead of what the rule lists: make sure before you add it, ${where}:`, yaml];
}
