import type { HostSet, ListNumber, Tables } from '../set/index.js';
import type { PortRange } from '../values/index.js';

/** How many entries of a long list are shown. */
const MOST = 5;

/** `x is among a, b`, or that it is not. */
export function among(what: string, held: boolean, list: readonly string[]): string {
  return `${what} is ${held ? '' : 'not '}among ${firstOf(list)}`;
}

/** The first few of a list, and how many more. */
export function firstOf(list: readonly string[]): string {
  const more = list.length - MOST;
  return more > 0 ? `${list.slice(0, MOST).join(', ')} and ${more} more` : list.join(', ');
}

/** Ports as a policy file writes them. */
export function portText({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** The hosts of a set as a policy file writes them. */
export function hostsIn({ names, suffixes, ranges }: HostSet, tables: Tables): readonly string[] {
  return [...names, ...suffixes.map((suffix) => `*.${suffix}`), ...rangesIn(ranges, tables)];
}

/** The ranges of a list as a policy file writes them. */
export function rangesIn(list: ListNumber, tables: Tables): readonly string[] {
  return list === 'none' ? [] : (tables.lists[list] ?? '').split(', ');
}
