import { formatProblem, type Problem } from '../../policy/index.js';
import { folderSource, loadPolicies, type Loading } from '../../repository/index.js';
import { counted, dayOf } from '../../system/values/index.js';
import { type ExitName, type Input, namesInHostsFile, settle, printResult } from '../console/index.js';
import { unusedHosts, unusedHostsNotes } from './unused-hosts.js';

/** `policy check`: all problems of policies, their cases included. */
export function checkPolicies(input: Input): Promise<ExitName> {
  return report(input, checkText);
}

/** `policy test`: the same, with the outcome of the cases. */
export function testPolicies(input: Input): Promise<ExitName> {
  return report(input, testText);
}

async function report(input: Input, textOf: (loading: Loading) => string): Promise<ExitName> {
  const [given] = input.args;
  const config = given === undefined ? (await settle(input)).config : 'not_read';
  const path = given ?? (config === 'not_read' ? '' : config.policies);
  const loading = await loadPolicies(folderSource(path), dayOf(Date.now()));
  const known = config === 'not_read' ? new Map<never, never>() : config.hosts;
  const unused = loading.kind === 'loaded' ? unusedHosts(loading.set, await namesInHostsFile(), known) : [];
  const text = (): string =>
    [...problemsOf(loading).map(formatProblem), textOf(loading), ...unusedHostsNotes(unused)].join('\n');
  const exit = loading.kind === 'loaded' ? 'ok' : loading.why === 'folder_unreadable' ? 'unreadable' : 'found';
  return printResult(input, { ...jsonOf(loading, path), unused_hosts: unused }, text, exit);
}

function problemsOf(loading: Loading): readonly Problem[] {
  return loading.kind === 'loaded' ? loading.warnings : loading.problems;
}

function checkText(loading: Loading): string {
  if (loading.kind === 'not_loaded') {
    const errors = loading.problems.filter(({ severity }) => severity === 'error').length;
    return `${counted(errors, 'error')}${warningsText(loading.problems.length - errors)}`;
  }
  const { set, cases, revision, warnings } = loading;
  const counts = [
    counted(set.policies.length, 'policy', 'policies'),
    counted(set.ruleCount, 'rule'),
    `${counted(cases, 'case')} passed`,
  ];
  return `no errors${warningsText(warnings.length)}: ${counts.join(', ')}, revision ${revision}`;
}

function warningsText(count: number): string {
  return count === 0 ? '' : `, ${counted(count, 'warning')}`;
}

function testText(loading: Loading): string {
  if (loading.kind === 'loaded') return `${counted(loading.cases, 'case')} passed`;
  const failed = loading.problems.filter(({ code }) => code === 'case_failed').length;
  return failed > 0 ? `${counted(failed, 'case')} failed` : 'no case was run: the policies have errors';
}

function jsonOf(loading: Loading, path: string): object {
  const loaded = loading.kind === 'loaded';
  return {
    path,
    outcome: loaded ? 'loaded' : loading.why,
    revision: loading.revision === 'none' ? null : loading.revision,
    policies: loaded ? loading.set.policies : [],
    rules: loaded ? loading.set.ruleCount : null,
    cases: loaded ? loading.cases : null,
    problems: problemsOf(loading).map(({ severity, code, file, position, message, hint }) => ({
      severity,
      code,
      file,
      line: position === 'whole_file' ? null : position.line,
      column: position === 'whole_file' ? null : position.column,
      message,
      hint: hint === 'none' ? null : hint,
    })),
  };
}
