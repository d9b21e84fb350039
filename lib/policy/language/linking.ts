import {
  didYouMean,
  quoted,
  type FilePosition,
  type Problem,
  type ProblemCode,
  type PathStep,
  type Tree,
} from '../../text/index.js';
import type { HostEntry, Pattern } from '../values/index.js';

/** A name that a file defines or uses, and the path to it. */
interface Named {
  readonly tree: Tree;
  readonly name: string;
  readonly path: readonly PathStep[];
}

/**
 * What a file shares with others: names it defines and uses. Taken from the plain data, before any check, so that a
 * problem in one rule does not hide a duplicate id in another or make a group look unknown.
 */
export interface Outline {
  readonly tree: Tree;
  readonly policy: readonly Named[];
  readonly ids: readonly Named[];
  readonly groups: readonly Named[];
  readonly uses: readonly Named[];
}

/** Reads a file's outline. Parts without the expected shape are passed over: the schema reports them. */
export function outlineOf(tree: Tree): Outline {
  const root = tree.content === 'unreadable' ? undefined : tree.content.value;
  const rules = (['allow', 'deny'] as const).flatMap((list) =>
    entries(child(root, list)).map((rule, index) => ({ rule, path: [list, index] })),
  );
  return {
    tree,
    policy: named(tree, child(root, 'policy'), ['policy']),
    ids: rules.flatMap(({ rule, path }) => named(tree, child(rule, 'id'), [...path, 'id'])),
    groups: Object.keys(mapping(child(root, 'groups'))).map((name) => ({ tree, name, path: ['groups', name] })),
    uses: rules.flatMap(({ rule, path }) =>
      ['to', 'except'].flatMap((list) =>
        entries(child(rule, list)).flatMap((text, index) =>
          typeof text === 'string' && text.startsWith('group:')
            ? [{ tree, name: text.slice('group:'.length), path: [...path, list, index] }]
            : [],
        ),
      ),
    ),
  };
}

function mapping(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function child(value: unknown, key: string): unknown {
  const parent = mapping(value);
  return Object.hasOwn(parent, key) ? (Reflect.get(parent, key) as unknown) : undefined;
}

function entries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function named(tree: Tree, value: unknown, path: readonly PathStep[]): readonly Named[] {
  return typeof value === 'string' ? [{ tree, name: value, path }] : [];
}

/** Problems between files, or between parts of one: duplicate names, and groups without a definition. */
export function linkProblems(outlines: readonly Outline[]): readonly Problem[] {
  const groups = new Set(outlines.flatMap((outline) => outline.groups.map(({ name }) => name)));
  return [
    ...duplicates(
      'policy',
      'duplicate_policy',
      outlines.flatMap(({ policy }) => policy),
    ),
    ...duplicates(
      'group',
      'duplicate_group',
      outlines.flatMap((outline) => outline.groups),
    ),
    ...outlines.flatMap(({ ids }) => duplicates('id', 'duplicate_id', ids)),
    ...outlines.flatMap(({ uses }) => unknownGroups(uses, groups)),
  ];
}

function duplicates(what: string, code: ProblemCode, names: readonly Named[]): readonly Problem[] {
  const first = new Map<string, Named>();
  return names.flatMap((one): readonly Problem[] => {
    const known = first.get(one.name);
    if (known === undefined) {
      first.set(one.name, one);
      return [];
    }
    const message = `${what} ${quoted(one.name)} is already defined at ${known.tree.file}:${positionOf(known).line}`;
    const hint = 'give one of the two another name';
    return [{ severity: 'error', code, file: one.tree.file, position: positionOf(one), message, hint }];
  });
}

function positionOf({ tree, name, path }: Named): FilePosition {
  const position = path[0] === 'groups' ? tree.positionOfKey(['groups'], name) : 'no_such_key';
  return position === 'no_such_key' ? tree.positionOf(path) : position;
}

function unknownGroups(uses: readonly Named[], known: ReadonlySet<string>): readonly Problem[] {
  const unknown = uses.filter(({ name }) => !known.has(name));
  return unknown.map(({ tree, name, path }): Problem => {
    const near = didYouMean(name, known, (each) => `group:${each}`);
    const all = [...known].slice(0, 20).join(', ');
    const hint = near !== 'none' ? near : all === '' ? 'no file defines a group' : `defined are ${all}`;
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
