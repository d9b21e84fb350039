/** Figures as text. */
import type { Measured } from './measure.js';
import type { Part } from './parts.js';

/** One line a contestant: median cost with its spread, ratio to the median of `before` or else Squid, rate and latencies. */
export function table(part: Part, count: number, results: ReadonlyMap<string, readonly Measured[]>): string[] {
  const cost = (measured: Measured): number => (measured.cost * part.scale) / count;
  const referee = results.has('before') ? 'before' : 'squid';
  const reference = median((results.get(referee) ?? []).map(cost));
  const head = ['', part.unit, 'spread', `× ${referee}`, part.rate, 'p50', 'p99'];
  const rows = [...results].map(([name, rounds]) => {
    const costs = rounds.map(cost);
    const [p50, p99] = (['p50', 'p99'] as const).map((part) => median(rounds.map(({ outcome }) => outcome[part])));
    return [
      name,
      number(median(costs)),
      `${number(Math.min(...costs))}–${number(Math.max(...costs))}`,
      number(median(costs) / reference),
      part.rate === '' ? '' : number(median(rounds.map(({ outcome }) => count / outcome.seconds))),
      latency(p50),
      latency(p99),
    ];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

/** The middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle - 1)] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(0)}M`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function latency(microseconds: number | undefined): string {
  return microseconds === undefined || !(microseconds > 0) ? '-' : `${(microseconds / 1000).toFixed(2)} ms`;
}
