import {
  inReadingOrder,
  readShape,
  readTree,
  wholeFileProblem,
  type Problem,
  type SourceFile,
} from '../../text/index.js';
import { allowRuleOf } from './allow.js';
import type { DenyRule, PolicyDocument } from './document.js';
import { expand, linkProblems, outlineOf, type Groups } from './linking.js';
import { policyFile, policyKeys } from './schema.js';
import type { HostEntry } from '../values/index.js';
import { warningsOf, type ReadFile } from './warnings.js';

/** Policies that may be compiled, or the problems and warnings of all files, in reading order. */
export type PolicyReading =
  | { readonly kind: 'value'; readonly documents: readonly PolicyDocument[]; readonly warnings: readonly Problem[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Groups multiply: many rules times a big group. Beyond this the tables would not fit. */
const MOST_PATTERNS = 1_000_000;
const MOST_PROBLEMS = 500;

/**
 * Reads, checks and links policy files. One bad file refuses the whole set: half a set is not the policy that was reviewed.
 * `today` (`YYYY-MM-DD`, UTC) is only for warnings about expiry.
 */
export function readPolicies(files: readonly SourceFile[], today: string): PolicyReading {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const trees = sorted.map((file) => readTree(file));
  const read = trees.map((tree) => ({ tree, ...readShape(tree, policyFile, policyKeys) }));
  const whole = read.flatMap(({ tree, value, problems }): readonly ReadFile[] => {
    return value === undefined || problems.length > 0 ? [] : [{ tree, policy: value }];
  });
  const groups = new Map(whole.flatMap(({ policy }) => Object.entries(policy.groups ?? {})));
  // Before groups are put in their places, since that is what takes the room.
  const tooMany = tooManyPatterns(whole, groups);
  const documents = tooMany.length > 0 ? [] : whole.flatMap((file) => documentOf(file, groups));
  const problems = [
    ...read.flatMap((one) => one.problems),
    ...linkProblems(trees.map(outlineOf)),
    ...tooMany,
    ...warningsOf(whole, documents, today),
  ];
  if (problems.some(({ severity }) => severity === 'error')) return { kind: 'problems', problems: bounded(problems) };
  return { kind: 'value', documents, warnings: bounded(problems) };
}

function documentOf({ tree, policy }: ReadFile, groups: Groups): readonly PolicyDocument[] {
  if (policy.policy === undefined) return [];
  const { mode = 'enforce', contact = 'none', clients = {}, allow = [], deny = [] } = policy;
  const { users = clients.anonymous === true ? 'anonymous' : 'every', networks = 'every' } = clients;
  const lineOf = (list: 'allow' | 'deny', index: number): number => tree.positionOf([list, index]).line;
  return [
    {
      name: policy.policy,
      file: tree.file,
      mode,
      contact,
      clients: { users, networks },
      allow: allow.map((entry, index) => allowRuleOf(entry, lineOf('allow', index), groups)),
      deny: deny.map(({ id, to, ports, reason }, index): DenyRule => {
        return { id, line: lineOf('deny', index), to: expand(to, groups), ports: ports ?? 'every', reason };
      }),
    },
  ];
}

function tooManyPatterns(files: readonly ReadFile[], groups: Groups): readonly Problem[] {
  const sizeOf = (list: readonly HostEntry[] = []): number => {
    return list.reduce((sum, entry) => sum + (entry.kind === 'group' ? (groups.get(entry.name)?.length ?? 0) : 1), 0);
  };
  let total = 0;
  for (const { policy } of files) {
    for (const rule of policy.allow ?? [])
      total += sizeOf(rule.to) + sizeOf(rule.except) + (rule['resolves-to']?.length ?? 0);
    for (const { to } of policy.deny ?? []) total += sizeOf(to);
  }
  const [first] = files;
  if (total <= MOST_PATTERNS || first === undefined) return [];
  const message = `all rules together name ${total} hosts and ranges, groups counted wherever they are used`;
  const hint = `at most ${MOST_PATTERNS}: let fewer rules use the big groups`;
  return [wholeFileProblem(first.tree.file, 'too_many', message, hint)];
}

/** Puts problems in reading order and cuts an endless list. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const ordered = inReadingOrder(problems);
  const next = ordered[MOST_PROBLEMS];
  if (next === undefined) return ordered;
  const severity = ordered.slice(MOST_PROBLEMS).some((problem) => problem.severity === 'error') ? 'error' : 'warning';
  const message = `and at least ${ordered.length - MOST_PROBLEMS} more problems`;
  const rest = wholeFileProblem(next.file, 'too_many', message, 'fix these first');
  return [...ordered.slice(0, MOST_PROBLEMS), { ...rest, severity }];
}
