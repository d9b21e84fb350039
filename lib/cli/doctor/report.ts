import { coloured, type Meaning, printable } from '../../app/terminal/index.js';
import { type ExitName, styleOf } from '../console/index.js';
import type { Finding } from './checks/index.js';

const MEANINGS = {
  ok: 'good',
  warning: 'warning',
  problem: 'bad',
  skipped: 'quiet',
} as const satisfies Record<Finding['state'], Meaning>;

/** The findings as text: a line each, with the remedy below it. */
export function reportText(findings: readonly Finding[]): string {
  const style = styleOf(process.stdout);
  const lines = findings.flatMap(({ check, state, words, remedy }) => [
    `${coloured(state.padEnd(7), MEANINGS[state], style)}  ${check.padEnd(13)}  ${printable(words)}`,
    ...(remedy === 'none' ? [] : [`${' '.repeat(24)}remedy: ${printable(remedy)}`]),
  ]);
  const { problem, warning, ok, skipped } = countsOf(findings);
  return [...lines, '', `problems: ${problem}, warnings: ${warning}, ok: ${ok}, skipped: ${skipped}`].join('\n');
}

/** The findings as JSON. */
export function reportJson(findings: readonly Finding[]): object {
  return {
    counts: countsOf(findings),
    findings: findings.map(({ check, state, words, remedy, attempt }) => ({
      check,
      state,
      words,
      remedy: remedy === 'none' ? null : remedy,
      attempt: attempt === 'none' ? null : attempt,
    })),
  };
}

function countsOf(findings: readonly Finding[]): Record<Finding['state'], number> {
  const count = (state: Finding['state']): number => findings.filter((each) => each.state === state).length;
  return { ok: count('ok'), warning: count('warning'), problem: count('problem'), skipped: count('skipped') };
}

/** `ok` without a problem, `notRunning` if the only one is that no instance runs, else `found`. Warnings do not count. */
export function exitOf(findings: readonly Finding[], running: boolean): ExitName {
  const problems = findings.filter(({ state }) => state === 'problem');
  if (problems.length === 0) return 'ok';
  return !running && problems.every(({ check }) => check === 'instance') ? 'notRunning' : 'found';
}
