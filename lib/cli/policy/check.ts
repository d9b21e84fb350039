import type { Command } from 'commander';
import { formatProblem, type Problem } from '../../policy/index.js';
import { folderSource, loadPolicies, type Loading } from '../../repository/index.js';
import { type ExitCode, exitCodes, isGiven, say, sayJson, settle } from '../console/index.js';

/** `policy check`: tells everything that is wrong with policies, their cases included. */
export function checkPolicies(command: Command): Promise<ExitCode> {
  return report(command, wordsOfCheck);
}

/** `policy test`: the same, told as the outcome of the cases. */
export function testPolicies(command: Command): Promise<ExitCode> {
  return report(command, wordsOfTest);
}

async function report(command: Command, words: (loading: Loading) => string): Promise<ExitCode> {
  const path = await policiesPath(command);
  if (typeof path === 'number') return path;
  const loading = await loadPolicies(folderSource(path.folder), new Date().toISOString().slice(0, 10));
  const problems = problemsOf(loading);
  if (isGiven(command, 'json')) sayJson(jsonOf(loading, path.folder));
  else say([...problems.map(formatProblem), words(loading)].join('\n'));
  if (loading.kind === 'loaded') return exitCodes.ok;
  return loading.why === 'folder_unreadable' ? exitCodes.unreadable : exitCodes.found;
}

/** The folder or file that was named, or else that of the configuration. */
async function policiesPath(command: Command): Promise<{ readonly folder: string } | ExitCode> {
  const [named] = command.args;
  if (named !== undefined) return { folder: named };
  const settled = await settle(command);
  return typeof settled === 'number' ? settled : { folder: settled.config.policies };
}

function problemsOf(loading: Loading): readonly Problem[] {
  return loading.kind === 'loaded' ? loading.warnings : loading.problems;
}

function wordsOfCheck(loading: Loading): string {
  if (loading.kind === 'not_loaded') return countOf(loading.problems);
  const { set, cases, revision, warnings } = loading;
  const counts = `${set.policies.length} policies, ${set.ruleCount} rules, ${cases} cases passed`;
  return `no errors${warnings.length === 0 ? '' : `, ${warnings.length} warnings`}: ${counts}, revision ${revision}`;
}

function wordsOfTest(loading: Loading): string {
  if (loading.kind === 'loaded') return `${loading.cases} cases passed`;
  const failed = loading.problems.filter(({ code }) => code === 'case_failed').length;
  return failed > 0 ? `${failed} cases failed` : 'no case was run: the policies have problems';
}

function countOf(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return `${errors} ${errors === 1 ? 'error' : 'errors'}${warnings === 0 ? '' : `, ${warnings} warnings`}`;
}

function jsonOf(loading: Loading, path: string): unknown {
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
