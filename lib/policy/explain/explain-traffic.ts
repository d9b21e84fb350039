import type { Observation } from '../../attempt/index.js';
import { allowsProtocol } from '../judge/index.js';
import type { TrafficRequirements } from '../language/index.js';
import type { AttemptFacts, Rule } from '../set/index.js';
import { checkTraffic, type Check, type Finding } from '../traffic/index.js';
import type { ExplainedFact } from './explained.js';
import { among, firstOf } from './lists.js';

/** Explains whether the rule allows the traffic of a tunnel: its protocol, then what is pinned. */
export function explainTraffic(rule: Rule, seen: Observation, { attempt, at }: AttemptFacts): readonly ExplainedFact[] {
  const { protocol } = rule.terms;
  const held = allowsProtocol(rule, seen);
  const words = `protocol ${protocol} ${held ? 'allows' : 'does not allow'} ${seen.protocol.toUpperCase()}`;
  const traffic: ExplainedFact = { fact: 'traffic', held, words };
  if (!held) return [traffic];
  const context = { host: attempt.destination.host, at, stage: 'whole' } as const;
  const findings = checkTraffic(protocol, rule.traffic, seen, context);
  return [traffic, ...findings.map((finding) => explainFinding(finding, rule.traffic))];
}

function explainFinding({ check, failed }: Finding, { unverifiable, observes }: TrafficRequirements): ExplainedFact {
  const cannotProbe = unverifiable === 'probe' && check.fact === 'client_thumbprint';
  const why = cannotProbe ? 'a client cannot be probed' : `unverifiable is ${unverifiable}`;
  const because = check.outcome === 'not_visible' ? `, and ${why}` : '';
  const only = failed !== 'none' && check.fact !== 'server_name' && observes ? '; the rule observes its pins' : '';
  return { fact: check.fact, held: failed === 'none', words: `${checkWords(check)}${because}${only}` };
}

function checkWords({ fact, expected, seen, outcome, detail }: Check): string {
  const subject = fact.replaceAll('_', ' ');
  switch (outcome) {
    case 'verified':
    case 'probed':
      return among(`${subject} ${seen}`, true, expected);
    case 'mismatch':
      if (seen === 'none') return `${detail}; expected one of ${firstOf(expected)}`;
      return among(`${subject} ${seen}`, false, expected);
    case 'not_visible':
      return `${subject} is not visible (${detail})`;
    case 'not_checked':
      return fact === 'server_name' ? detail : `every ${subject} is allowed`;
  }
}
