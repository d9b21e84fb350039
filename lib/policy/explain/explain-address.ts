import { ownersOf, specialPurpose, type IpAddress } from '../../address/index.js';
import { allowsAddress } from '../judge/index.js';
import type { AttemptFacts, Rule, Tables } from '../set/index.js';
import type { ExplainedFact } from './explained.js';
import { firstOf, rangesIn } from './lists.js';

/** Explains whether the rule lets the host lead to one of its addresses. */
export function explainAddress(
  rule: Rule,
  addresses: readonly IpAddress[],
  facts: AttemptFacts,
  tables: Tables,
): ExplainedFact {
  const allowed = addresses.find((address) => allowsAddress(rule, facts, address, ownersOf(tables.ranges, address)));
  const held = allowed !== undefined;
  return { fact: 'address', held, words: addressWords(rule, allowed ?? addresses[0], held, tables) };
}

function addressWords(
  { resolvesTo, except }: Rule,
  address: IpAddress | undefined,
  held: boolean,
  tables: Tables,
): string {
  if (address === undefined) return 'resolves to nothing';
  if (resolvesTo !== 'none') return `resolves ${held ? 'within' : 'outside'} ${firstOf(rangesIn(resolvesTo, tables))}`;
  const purpose = specialPurpose(address);
  const excluded = except === 'none' ? [] : rangesIn(except.ranges, tables);
  if (purpose.kind === 'global')
    return held
      ? `${address.text} is globally reachable`
      : `${address.text} is excluded by "except": ${firstOf(excluded)}`;
  const what = `${address.text} is special (${purpose.name}, ${purpose.rfc})`;
  return held ? `${what}, and listed` : `${what}, and not in "resolves-to" of the rule`;
}
