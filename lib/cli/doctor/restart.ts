import { RUN_AS_ACCOUNT } from '../../system/index.js';
import { type Finding, findingsOf } from './checks/index.js';

const { problem } = findingsOf('restart');

/**
 * Warns of a restart where an instance runs that could not be started again, or would start without a policy: what it has in
 * force is in its memory only. A remedy that is a restart then says what comes first.
 */
export function withRestart(findings: readonly Finding[], running: boolean): readonly Finding[] {
  // What only this account may not read says nothing about a start by another one.
  const known = findings.filter(({ remedy }) => remedy !== RUN_AS_ACCOUNT);
  const failing = checksWith(known, 'would_fail');
  const denying = checksWith(known, 'would_deny');
  const blocking = failing.length > 0 ? failing : denying;
  if (!running || blocking.length === 0) return findings;
  const found = `see the problems of ${blocking.join(', ')}`;
  const words =
    failing.length > 0
      ? `do not restart: it would not start (${found})`
      : `do not restart: it would start without a policy and deny everything (${found})`;
  const later = findings.map((each) =>
    each.restart === 'advised' ? { ...each, remedy: `not now (see restart); then ${each.remedy}` } : each,
  );
  return [...later, problem(words, 'fix those problems first; the running instance keeps its last good state')];
}

function checksWith(findings: readonly Finding[], restart: Finding['restart']): readonly string[] {
  return [...new Set(findings.filter((each) => each.restart === restart).map(({ check }) => check))];
}
