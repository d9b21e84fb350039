import { type Problem, summariseProblem } from '../../../policy/index.js';
import type { Loading } from '../../../repository/index.js';
import { since } from '../../console/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem, skipped } = findingsOf('policies');

/** How many of a folder's problems are told: `tidegate policy check` has them all. */
const MOST = 20;
/** The folder is looked at every two seconds. */
const TAKEN_OVER_MS = 15_000;

/** Compares the policies in the folder, as they were just loaded, with those that the running instance has in force. */
export function checkPolicies(around: Installation, loading: Loading): readonly Finding[] {
  const { config } = around;
  if (loading.kind === 'not_loaded') {
    const remedy = `tidegate policy check ${config.policies} shows all of it`;
    const told = loading.problems.slice(0, MOST).map((each) => findingOf(each, remedy));
    return [...told, ...checkInForce(around, loading)];
  }
  const { set, cases, revision, warnings } = loading;
  const what = `${set.policies.length} policies, ${set.ruleCount} rules, ${cases} cases passed, revision ${revision}`;
  return [
    ok(`${config.policies}: ${what}`),
    ...warnings.slice(0, MOST).map((each) => findingOf(each, 'docs/policy-reference.md explains it')),
    ...checkInForce(around, loading),
  ];
}

function findingOf(told: Problem, orElse: string): Finding {
  const remedy = told.hint === 'none' ? orElse : told.hint;
  return (told.severity === 'error' ? problem : warning)(summariseProblem(told), remedy);
}

function checkInForce({ status }: Installation, { revision }: Loading): readonly Finding[] {
  if (status.kind !== 'status') return [skipped('which policies are in force is known to a running tidegate only')];
  const { policies, now } = status.status;
  const age = since(policies.adopted, now);
  const inForce = `revision ${policies.revision} is in force for ${age}, with ${policies.rules} rules`;
  if (policies.rejected !== null) {
    const remedy = 'mend the policy files: they are looked at again at every change';
    return [problem(`the change of ${policies.rejected.at} was refused: ${inForce}`, remedy)];
  }
  const notLooked = Date.parse(now) - Date.parse(policies.checked);
  if (notLooked > TAKEN_OVER_MS) {
    const remedy = 'send it SIGHUP, and see its log for a fault in following the policies';
    return [problem(`the policies were last looked at ${since(policies.checked, now)} ago: ${inForce}`, remedy)];
  }
  if (revision === policies.revision || revision === 'none') return [ok(inForce)];
  return [
    warning(`${inForce}, and the folder holds revision ${revision}`, 'it is taken over within seconds: ask again'),
  ];
}
