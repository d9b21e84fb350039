import type { Attempt } from '../../attempt/index.js';
import { inReadingOrder, readTree, type Problem, type SourceFile, type Tree } from '../../text/index.js';
import { denialIn, judgeKnown, noMachine, type Denial, type Verdict } from '../judge/index.js';
import type { RuleRef } from '../language/index.js';
import type { PolicySet } from '../set/index.js';
import { readCases, requestOf, type Case } from './case-file.js';
import { observationOf } from './described-traffic.js';
import { clientFrom, noon } from './self-test.js';

/** How many cases were judged, and what is wrong: files that cannot be read, and cases with another result. */
export interface CaseReport {
  readonly cases: number;
  readonly problems: readonly Problem[];
}

/** Judges every case with the production judge. */
export function checkCases(set: PolicySet, files: readonly SourceFile[]): CaseReport {
  const reports = files.map((file) => checkFile(set, readTree(file)));
  return {
    cases: reports.reduce((sum, { cases }) => sum + cases, 0),
    problems: inReadingOrder(reports.flatMap(({ problems }) => problems)),
  };
}

function checkFile(set: PolicySet, tree: Tree): CaseReport {
  const { cases, problems } = readCases(tree);
  const failures = cases.flatMap((one, index) =>
    failuresOf(one, judge(set, one)).map(({ key, message, hint }): Problem => {
      const name = one.name === undefined ? '' : ` (${one.name})`;
      const position = tree.positionOf([index, key]);
      return { severity: 'error', code: 'case_failed', file: tree.file, position, message: `${message}${name}`, hint };
    }),
  );
  return { cases: cases.length, problems: [...problems, ...failures] };
}

/** The key of a case that its result contradicts, and what happened instead. */
interface Failure extends Pick<Problem, 'message' | 'hint'> {
  readonly key: 'expect' | 'rule' | 'reason';
}

const RESULTS = { allowed: 'allowed', observed: 'let through by observe mode', denied: 'denied' } as const;
const EXPECTED = { allow: ['allowed'], observe: ['observed'], deny: ['denied', 'observed'] } as const;

function failuresOf(one: Case, verdict: Verdict): readonly Failure[] {
  const denial = denialIn(verdict);
  const result = verdict.kind === 'denied' ? 'denied' : denial === 'none' ? 'allowed' : 'observed';
  const hint = hintOf(denial);
  if (!EXPECTED[one.expect].some((kind) => kind === result)) {
    const because = denial === 'none' ? '' : `: ${denial.reason}`;
    return [{ key: 'expect', message: `expected ${one.expect}, but it is ${RESULTS[result]}${because}`, hint }];
  }
  const failures: Failure[] = [];
  const deciding = decidingRules(verdict, denial);
  if (one.rule !== undefined && !deciding.some(({ policy, id }) => [id, `${policy}/${id}`].includes(one.rule ?? ''))) {
    const decided = deciding.map(({ policy, id }) => `${policy}/${id}`).join(', ') || 'no rule';
    failures.push({ key: 'rule', message: `expected rule "${one.rule}", but ${decided} decides`, hint });
  }
  if (one.reason !== undefined && denial !== 'none' && denial.reason !== one.reason)
    failures.push({ key: 'reason', message: `expected ${one.reason}, but it is ${denial.reason}`, hint });
  return failures;
}

function decidingRules(verdict: Verdict, denial: Denial | 'none'): readonly RuleRef[] {
  if (denial !== 'none') return denial.rule === 'none' ? [] : [denial.rule];
  return verdict.kind === 'denied' || verdict.ground.kind === 'observed' ? [] : verdict.ground.rules;
}

function hintOf(denial: Denial | 'none'): string {
  const [near] = denial === 'none' ? [] : denial.nearest;
  if (near === undefined) return 'none';
  const { policy, id, file, line } = near.rule;
  return `nearest is ${policy}/${id} (${file}:${line}): ${near.failed}`;
}

function judge(set: PolicySet, one: Case): Verdict {
  const attempt = attemptOf(one);
  const { host } = attempt.destination;
  const addresses = host.kind === 'address' ? [host.address] : (one.answers ?? 'not_resolved');
  const seen = observationOf(one, host);
  if (seen === 'two_protocols') throw new Error('the schema lets no case pass that carries two protocols');
  return judgeKnown(set, attempt, attempt.receivedAt, { addresses, seen }, noMachine);
}

/** The day of cases that name none: before every expiry, since a case that passed must not fail when a rule expires. */
const SOME_DAY = '2000-01-01';

function attemptOf(one: Case): Attempt {
  return {
    id: 'case',
    receivedAt: noon(one.on ?? SOME_DAY),
    client: clientFrom(one.from, one.user),
    ...requestOf(one),
  };
}
