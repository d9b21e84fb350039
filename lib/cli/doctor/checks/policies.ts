import { openProxy } from '../../../app/facts/index.js';
import { type PolicySet, type Problem, summariseProblem } from '../../../policy/index.js';
import type { Loading } from '../../../repository/index.js';
import { counted } from '../../../system/values/index.js';
import { duration } from '../../console/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem, skipped } = findingsOf('policies');

/** How many of a folder's problems are reported: `tidegate policy check` has all. */
const MOST = 20;
/** The folder is checked every two seconds. */
const CHECKED_WITHIN_MS = 15_000;

/** Compares the policies in the folder, as just loaded, with those in force in the running instance. */
export function checkPolicies(installation: Installation, loading: Loading): readonly Finding[] {
  const { config } = installation;
  if (loading.kind === 'not_loaded') {
    const remedy = `tidegate policy check ${config.policies} shows all problems`;
    return [...findingsOfSome(loading.problems, remedy), ...checkInForce(installation, loading)];
  }
  const { set, cases, revision, warnings } = loading;
  const what = [
    counted(set.policies.length, 'policy', 'policies'),
    counted(set.ruleCount, 'rule'),
    `${counted(cases, 'case')} passed`,
    `revision ${revision}`,
  ].join(', ');
  return [
    ok(`${config.policies}: ${what}`),
    ...findingsOfSome(warnings, 'see docs/policy-reference.md'),
    ...checkOpen(config, set),
    ...checkInForce(installation, loading),
  ];
}

function checkOpen(config: Installation['config'], set: PolicySet): readonly Finding[] {
  const open = openProxy(config, config.listen, set);
  return open === 'none' ? [] : [warning(open.words, open.remedy)];
}

function findingsOfSome(problems: readonly Problem[], orElse: string): readonly Finding[] {
  return problems.slice(0, MOST).map((found) => {
    const remedy = found.hint === 'none' ? orElse : found.hint;
    const words = summariseProblem(found);
    return found.severity === 'error' ? problem(words, remedy, 'would_fail') : warning(words, remedy);
  });
}

function checkInForce({ status }: Installation, loading: Loading): readonly Finding[] {
  if (status.kind !== 'status') return [skipped('the policies in force are known only to a running instance')];
  const { policies, now } = status.status;
  const age = duration(policies.adopted, now);
  const inForce = `revision ${policies.revision} is in force for ${age}, with ${counted(policies.rules, 'rule')}`;
  const inMemory = isEmptied(loading, policies.policies.length) ? [EMPTIED] : [];
  if (policies.rejected !== null) {
    const remedy = 'fix the policy files: every change is checked again';
    const restart = inMemory.length > 0 ? 'unaffected' : 'would_fail';
    return [...inMemory, problem(`the change of ${policies.rejected.at} was rejected: ${inForce}`, remedy, restart)];
  }
  const uncheckedMs = Date.parse(now) - Date.parse(policies.checked);
  if (uncheckedMs > CHECKED_WITHIN_MS) {
    const remedy = 'send SIGHUP to tidegate, and read the log for an error in following the policies';
    const words = `the policies were last checked ${duration(policies.checked, now)} ago: ${inForce}`;
    return [...inMemory, problem(words, remedy)];
  }
  if (inMemory.length > 0) return inMemory;
  const { revision } = loading;
  if (revision === policies.revision || revision === 'none') return [ok(inForce)];
  const words = `${inForce}, but the folder has revision ${revision}`;
  return [warning(words, 'it is adopted within seconds: run the doctor again')];
}

const EMPTIED = problem(
  'the folder holds no policy any more; the running instance has its last ones in memory only',
  'put the policy files back; to deny everything, leave a policy that has deny entries only',
  'would_deny',
);

function isEmptied(loading: Loading, inForce: number): boolean {
  return loading.kind === 'loaded' && loading.set.policies.length === 0 && inForce > 0;
}
