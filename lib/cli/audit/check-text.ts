import type { CheckContent, CloseContent } from '../../audit/index.js';
import { type PinProposal, proposePins } from '../../review/index.js';

/** The checks of a tunnel and their outcomes as sentences, and the lines that would pin what was seen. */
export function checkTexts(close: CloseContent): readonly string[] {
  const { checks, judged_by: rule = null } = close;
  if (checks === undefined) return ['no checks: this record is from an earlier version'];
  if (checks === null) return [];
  const by =
    rule === null ? 'without a rule' : `required by rule ${rule.policy}/${rule.id} (${rule.file}:${rule.line})`;
  return [
    checks.length === 0 ? 'no checks: the rule requires none' : `checks ${by}`,
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
  return `${what}: ${OUTCOMES.get(outcome) ?? outcome}, ${seen === null ? 'nothing seen' : `seen ${seen}`}`;
}

function moreTexts(check: CheckContent, close: CloseContent): readonly string[] {
  const { expected, expected_count: count, detail } = check;
  const more = count > expected.length ? ` and ${count - expected.length} more` : '';
  return [
    count === 0 ? 'the rule lists none' : `the rule lists ${expected.join(', ')}${more}`,
    proofText(check, close),
    detail ?? '',
  ].filter((text) => text !== '');
}

/** What was proven of an identity, or why it cannot be proven from the traffic. */
function proofText({ fact, seen }: CheckContent, close: CloseContent): string {
  if (fact === 'server_name' || seen === null) return '';
  const shown = fact === 'client_thumbprint' ? close.client_shown : close.server_shown;
  if (shown === 'claimed' && fact === 'host_key') {
    return 'claimed by the server: a client verifies that the server has the key, a proxy cannot';
  }
  return PROOFS.get(shown ?? '') ?? '';
}

const PROOFS: ReadonlyMap<string, string> = new Map([
  ['proven', 'proven: its key signed this handshake'],
  ['forged', 'FORGED: its key did NOT sign this handshake'],
  ['claimed', 'claimed: shown without a verifiable signature'],
  ['probed', 'seen by a probe of the same address, not in this tunnel'],
]);

/** The lines to add to the rule. The YAML has a separate line, to be copied. */
function proposalTexts({ rule, kind, yaml }: PinProposal): readonly string[] {
  const where = `in rule ${rule.id} (${rule.file}:${rule.line})`;
  return kind === 'first'
    ? [`to pin what this attempt saw, ${where}:`, yaml]
    : [`seen instead of what the rule lists: verify it before you add it, ${where}:`, yaml];
}
