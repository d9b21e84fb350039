import type { RangeTable } from '../../address/index.js';
import type { CompiledDeny, CompiledPolicy, CompiledRule } from './rows.js';

/** A part of a compiled set that is small enough to be received and assembled without delaying anything else. */
export type Slice =
  | { readonly kind: 'start'; readonly revision: string; readonly ranges: RangeTable }
  | { readonly kind: 'policies'; readonly rows: readonly CompiledPolicy[] }
  | { readonly kind: 'lists'; readonly rows: readonly string[] }
  | { readonly kind: 'rules'; readonly rows: readonly CompiledRule[] }
  | { readonly kind: 'denies'; readonly rows: readonly CompiledDeny[] };

/**
 * A policy set as plain data, in slices, in the order in which `Assembly` takes them. Every slice can be posted to
 * another thread. The receiver takes one a turn of the event loop: a port hands over everything that has arrived.
 */
export type CompiledPolicies = readonly Slice[];

/** The most that a slice weighs, unless one row alone weighs more. */
const SLICE_WEIGHT = 3_000;

/** Cuts rows into slices of about the same weight. */
export function sliced<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const slices: T[][] = [];
  let weight = SLICE_WEIGHT;
  for (const row of rows) {
    const more = weightOf(row);
    weight += more;
    if (weight > SLICE_WEIGHT) {
      slices.push([]);
      weight = more;
    }
    slices.at(-1)?.push(row);
  }
  return slices;
}

/** How many values a row holds; a long text counts for several. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / 64;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  for (const part of Object.values(value)) weight += weightOf(part);
  return weight;
}
