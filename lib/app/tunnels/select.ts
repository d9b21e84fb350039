import type { PassingTraffic } from '../../proxy/index.js';
import { type Filter, inRange, readFilter, selectsDestination, selectsRule } from '../../review/index.js';
import type { Selection } from './requests.js';
import { hostOf, rulesOf, userOf } from './tunnel-of.js';

/** A question to open traffic, or what is wrong with its texts. */
export type SelectionReading =
  | { readonly kind: 'selection'; readonly selects: (traffic: PassingTraffic) => boolean }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Reads texts that select open traffic. All problems are reported. */
export function readSelection(texts: Selection): SelectionReading {
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  const read = readFilter(given, new Date(0));
  if (read.kind === 'filter') return { kind: 'selection', selects: (traffic) => isSelected(read.filter, traffic) };
  const problems = read.problems.map(
    ({ field, text, detail }) => `invalid --${field} ${JSON.stringify(text)}: ${detail}`,
  );
  return { kind: 'problems', problems };
}

function isSelected(filter: Filter, traffic: PassingTraffic): boolean {
  const { client, destination } = traffic.attempt;
  return (
    (filter.user === undefined || userOf(traffic) === filter.user) &&
    (filter.client === undefined || inRange(filter.client, client.ip.text)) &&
    (filter.port === undefined || destination.port === filter.port) &&
    selectsRule(filter, () => rulesOf(traffic)) &&
    selectsDestination(filter, hostOf(traffic), [traffic.address.text])
  );
}
