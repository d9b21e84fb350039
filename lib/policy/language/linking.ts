import { z } from 'zod';
import { didYouMean, quoted, type FilePosition, type Problem, type PathStep, type Tree } from '../../text/index.js';
import type { HostEntry, Pattern } from '../values/index.js';

/** A name that a file defines or uses, and the path to it. */
interface Named {
  readonly tree: Tree;
  readonly name: string;
  readonly path: readonly PathStep[];
}

/** What a file shares with others: names that it defines and uses. */
export type Outline = Readonly<Record<'policy' | 'ids' | 'groups' | 'uses', readonly Named[]>>;

const text = z.string().optional().catch(undefined);
const texts = z.array(text).catch([]);
const rules = z.array(z.object({ id: text, to: texts, except: texts }).catch({ to: [], except: [] })).catch([]);
/**
 * The names in a file, before any check, so that a problem in one rule does not hide a duplicate id in another or make a
 * group look unknown. Parts without the expected shape are passed over: the schema reports them.
 */
const outline = z
  .object({ policy: text, allow: rules, deny: rules, groups: z.record(z.string(), z.unknown()).catch({}) })
  .catch({ allow: [], deny: [], groups: {} });

/** Reads a file's outline. */
export function outlineOf(tree: Tree): Outline {
  const { policy, groups, ...lists } = outline.parse(tree.content === 'unreadable' ? {} : tree.content.value);
  const named = (path: readonly PathStep[], name: string | undefined): readonly Named[] => {
    return name === undefined ? [] : [{ tree, name, path }];
  };
  const found = Object.entries(lists).flatMap(([list, of]) => of.map((rule, index) => ({ rule, path: [list, index] })));
  return {
    policy: named(['policy'], policy),
    ids: found.flatMap(({ rule, path }) => named([...path, 'id'], rule.id)),
    groups: Object.keys(groups).flatMap((name) => named(['groups', name], name)),
    uses: found.flatMap(({ rule: { to, except }, path }) =>
      Object.entries({ to, except }).flatMap(([list, entries]) =>
        entries.flatMap((entry, index) => named([...path, list, index], /^group:(.*)$/s.exec(entry ?? '')?.[1])),
      ),
    ),
  };
}

/** Problems between files, or between parts of one: duplicate names, and groups without a definition. */
export function linkProblems(outlines: readonly Outline[]): readonly Problem[] {
  const groups = new Set(outlines.flatMap((each) => each.groups.map(({ name }) => name)));
  return [
    ...duplicates(
      'policy',
      outlines.flatMap(({ policy }) => policy),
    ),
    ...duplicates(
      'group',
      outlines.flatMap((each) => each.groups),
    ),
    ...outlines.flatMap(({ ids }) => duplicates('id', ids)),
    ...outlines.flatMap(({ uses }) => unknownGroups(uses, groups)),
  ];
}

function duplicates(what: 'policy' | 'group' | 'id', names: readonly Named[]): readonly Problem[] {
  const first = new Map<string, Named>();
  return names.flatMap((one): readonly Problem[] => {
    const known = first.get(one.name);
    if (known === undefined) {
      first.set(one.name, one);
      return [];
    }
    const message = `${what} ${quoted(one.name)} is already defined at ${known.tree.file}:${positionOf(known).line}`;
    const hint = 'give one of the two another name';
    const where = { file: one.tree.file, position: positionOf(one) };
    return [{ severity: 'error', code: `duplicate_${what}`, ...where, message, hint }];
  });
}

function positionOf({ tree, name, path }: Named): FilePosition {
  const position = path[0] === 'groups' ? tree.positionOfKey(['groups'], name) : 'no_such_key';
  return position === 'no_such_key' ? tree.positionOf(path) : position;
}

/** How many misspelt groups get a hint: each is compared with all that exist. */
const MOST_HINTS = 20;

function unknownGroups(uses: readonly Named[], known: ReadonlySet<string>): readonly Problem[] {
  const unknown = uses.filter(({ name }) => !known.has(name));
  if (unknown.length === 0) return [];
  const some = [...known].slice(0, 20).join(', ');
  return unknown.map(({ tree, name, path }, index): Problem => {
    const near = index < MOST_HINTS ? didYouMean(name, known, (each) => `group:${each}`) : 'none';
    const hint = near !== 'none' ? near : some === '' ? 'no file defines a group' : `defined are ${some}`;
    const message = `no file defines group ${quoted(name)}`;
    const position = tree.positionOf(path);
    return { severity: 'error', code: 'unknown_group', file: tree.file, position, message, hint };
  });
}

/** The groups of all files, by name. */
export type Groups = ReadonlyMap<string, readonly Pattern[]>;

/** The patterns that a list stands for, each group replaced by its members. */
export function expand(list: readonly HostEntry[], groups: Groups): readonly Pattern[] {
  return list.flatMap((entry) => (entry.kind === 'group' ? (groups.get(entry.name) ?? []) : [entry]));
}
