import { formatProblem, type Problem } from '../../policy/index.js';
import { folderSource, loadPolicies, type Loading } from '../../repository/index.js';
import { counted, dayOf } from '../../system/values/index.js';
import { type ExitName, type Input, namesInHostsFile, printResult, settle, sourceOf } from '../console/index.js';
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
  const { path, from, hosts } = await sourceIn(input);
  const loading = await loadPolicies(folderSource(path), dayOf(Date.now()));
  const unused = loading.kind === 'loaded' ? unusedHosts(loading.set, await namesInHostsFile(), hosts) : [];
  // A folder that was named in the command needs no naming.
  const notes = [...unusedHostsNotes(unused), ...(from === 'argument' ? [] : [`policies of ${path} (${from})`])];
  const text = (): string => [...problemsOf(loading).map(formatProblem), textOf(loading), ...notes].join('\n');
  const exit = loading.kind === 'loaded' ? 'ok' : loading.why === 'folder_unreadable' ? 'unreadable' : 'found';
  return printResult(input, { ...jsonOf(loading, path, from), unused_hosts: unused }, text, exit);
}

interface CheckedSource {
  readonly path: string;
  /** Where the path comes from: `argument`, or as in {@link sourceOf}. */
  readonly from: string;
  readonly hosts: Parameters<typeof unusedHosts>[2];
}

async function sourceIn(input: Input): Promise<CheckedSource> {
  const [path] = input.args;
  if (path !== undefined) return { path, from: 'argument', hosts: new Map() };
  const settled = await settle(input);
  const { policies, hosts } = settled.config;
  return { path: policies, from: sourceOf(settled, 'policies'), hosts };
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

function jsonOf(loading: Loading, path: string, from: string): object {
  const loaded = loading.kind === 'loaded';
  return {
    path,
    from,
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
