import { inReadingOrder, problemsOf, readTree, type Problem, type SourceFile, type Tree } from '../../text/index.js';
import type { Pattern, PortRange } from '../values/index.js';
import type { AllowRule, DenyRule, PolicyDocument, Protocol } from './document.js';
import { expand, linkProblems, outlineOf } from './linking.js';
import { policyFile, policyKeys, type PolicyFile } from './schema.js';
import { warningsOf, type ReadFile } from './warnings.js';

/** Policies that may be compiled, or every problem of every file (warnings among them), in reading order. */
export type PolicyReading =
  | { readonly kind: 'read'; readonly documents: readonly PolicyDocument[]; readonly warnings: readonly Problem[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

const usualPorts = { http: 80, tls: 443, tentacle: 10933, ssh: 22, any: 'none' } as const satisfies Record<
  Protocol,
  number | 'none'
>;
/** Groups multiply: many rules times a big group. Beyond this the tables would not fit. */
const MOST_PATTERNS = 1_000_000;
const MOST_PROBLEMS = 500;

/**
 * Reads, checks and links policy files. One bad file refuses the whole set: half a set is another policy than the one
 * that was reviewed. `today` (`YYYY-MM-DD`, UTC) is only for warnings about expiry; the judge checks days by itself.
 */
export function readPolicies(files: readonly SourceFile[], today: string): PolicyReading {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const read = sorted.map((file) => readOne(readTree(file)));
  const whole = read.flatMap(({ file }) => (file === 'problems' ? [] : [file]));
  const problems = [...read.flatMap((one) => one.problems), ...linkProblems(read.map(({ tree }) => outlineOf(tree)))];
  const groups = new Map(whole.flatMap(({ policy }) => Object.entries(policy.groups ?? {})));
  const documents = whole.flatMap((file) => documentOf(file, groups));
  problems.push(...tooManyPatterns(documents), ...warningsOf(whole, documents, today));
  if (problems.some(({ severity }) => severity === 'error')) return { kind: 'problems', problems: bounded(problems) };
  return { kind: 'read', documents, warnings: bounded(problems) };
}

function readOne(tree: Tree): {
  readonly tree: Tree;
  readonly file: ReadFile | 'problems';
  readonly problems: readonly Problem[];
} {
  if (tree.content === 'unreadable') return { tree, file: 'problems', problems: tree.problems };
  const shaped = policyFile.safeParse(tree.content.value);
  if (!shaped.success)
    return { tree, file: 'problems', problems: [...tree.problems, ...problemsOf(tree, shaped.error, policyKeys)] };
  return { tree, file: tree.problems.length > 0 ? 'problems' : { tree, policy: shaped.data }, problems: tree.problems };
}

type Groups = ReadonlyMap<string, readonly Pattern[]>;

function documentOf({ tree, policy }: ReadFile, groups: Groups): readonly PolicyDocument[] {
  if (policy.policy === undefined) return [];
  const origin = { policy: policy.policy, file: tree.file };
  return [
    {
      name: policy.policy,
      file: tree.file,
      mode: policy.mode ?? 'enforce',
      clients: { users: policy.clients?.users ?? 'every', networks: policy.clients?.networks ?? 'every' },
      allow: (policy.allow ?? []).map((rule, index) =>
        allowRule(rule, { ...origin, line: tree.positionOf(['allow', index]).line }, groups),
      ),
      deny: (policy.deny ?? []).map((rule, index) =>
        denyRule(rule, { ...origin, line: tree.positionOf(['deny', index]).line }, groups),
      ),
    },
  ];
}

type RuleOrigin = Pick<AllowRule, 'policy' | 'file' | 'line'>;

function allowRule(rule: NonNullable<PolicyFile['allow']>[number], origin: RuleOrigin, groups: Groups): AllowRule {
  return {
    ...origin,
    id: rule.id,
    to: expand(rule.to, groups),
    except: expand(rule.except ?? [], groups),
    resolvesTo: rule['resolves-to'] ?? [],
    protocol: rule.protocol,
    ports: rule.ports ?? usual(rule.protocol),
    methods: rule.methods ?? 'every',
    paths: rule.paths ?? 'every',
    serverNames: rule['server-names'] ?? [],
    thumbprints: [...new Set(rule.thumbprints)],
    clientThumbprints: [...new Set(rule['client-thumbprints'])],
    hostKeys: rule['host-keys'] ?? [],
    // A Tentacle's certificate can be asked for at any time. An SSH server that says nothing tidegate knows is not.
    unverifiable: rule.unverifiable ?? (rule.protocol === 'tentacle' ? 'probe' : 'deny'),
    observes: rule.mode === 'observe',
    expires: rule.expires ?? 'never',
  };
}

function denyRule(rule: NonNullable<PolicyFile['deny']>[number], origin: RuleOrigin, groups: Groups): DenyRule {
  return { ...origin, id: rule.id, to: expand(rule.to, groups), ports: rule.ports ?? 'every', reason: rule.reason };
}

function usual(protocol: Protocol): readonly PortRange[] {
  const port = usualPorts[protocol];
  return port === 'none' ? [] : [{ first: port, last: port }];
}

function tooManyPatterns(documents: readonly PolicyDocument[]): readonly Problem[] {
  let total = 0;
  for (const { allow, deny } of documents) {
    for (const rule of allow) total += rule.to.length + rule.except.length + rule.resolvesTo.length;
    for (const rule of deny) total += rule.to.length;
  }
  const [first] = documents;
  if (total <= MOST_PATTERNS || first === undefined) return [];
  const message = `all rules together name ${total} hosts and ranges, groups counted wherever they are used`;
  const hint = `at most ${MOST_PATTERNS}: let fewer rules use the big groups`;
  return [{ severity: 'error', code: 'too_many', file: first.file, position: 'whole_file', message, hint }];
}

/** Puts problems in reading order and cuts an endless list: who broke a file thoroughly needs the beginning. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const ordered = inReadingOrder(problems);
  const next = ordered[MOST_PROBLEMS];
  if (next === undefined) return ordered;
  const more = ordered.length - MOST_PROBLEMS;
  const severity = ordered.slice(MOST_PROBLEMS).some((problem) => problem.severity === 'error') ? 'error' : 'warning';
  return [
    ...ordered.slice(0, MOST_PROBLEMS),
    {
      severity,
      code: 'too_many',
      file: next.file,
      position: 'whole_file',
      message: `and ${more} more problems`,
      hint: 'mend these first',
    },
  ];
}
