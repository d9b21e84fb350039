import { posix } from 'node:path';
import ts from 'typescript';
import { ROOMS, roomOf } from './rooms.js';
import { at, nodesOf, type Check, type Finding, type Source } from './source.js';

/** One import, export-from, dynamic import or import type. */
export interface Import {
  readonly node: ts.Node;
  readonly specifier: string;
  readonly typesOnly: boolean;
  /** The file meant, for a relative specifier; else the specifier. */
  readonly target: string;
}

/** Every file belongs to a room of the table, and every room has a door. */
export const everyFileHasARoom: Check = (sources) => {
  const strays = inLib(sources).filter(({ path }) => roomOf(path) === 'none');
  const rooms = new Set(inLib(sources).map(({ path }) => roomOf(path)));
  const paths = new Set(sources.map(({ path }) => path));
  const doorless = [...rooms].filter((room) => room !== 'none' && !paths.has(`lib/${room}/index.ts`));
  return [
    ...strays.map((source) =>
      at(source, source.tree, 'is in no room', 'add its room to test/house/rooms.ts or move it'),
    ),
    ...doorless.map((room) => ({
      path: `lib/${room}`,
      line: 1,
      problem: 'has no door',
      remedy: 'add an index.ts with named exports',
    })),
  ];
};

/** A room imports only the rooms that the table allows it. */
export const noUpwardImport: Check = (sources) =>
  crossings(sources).flatMap(({ source, found, from, to }) => {
    const room = ROOMS[from];
    if (room === undefined || room.imports.includes(to)) return [];
    if (!room.types.includes(to)) {
      return [
        at(source, found.node, `${from} imports ${to}`, 'pass what it needs as an argument, or move the code down'),
      ];
    }
    return found.typesOnly
      ? []
      : [at(source, found.node, `${from} imports more than types of ${to}`, 'use import type')];
  });

/** Another room is entered by its door only, and nobody leaves by the own one. */
export const noImportBehindADoor: Check = (sources) => [
  ...crossings(sources)
    .filter(({ found, to }) => found.target !== `lib/${to}/index.ts`)
    .map(({ source, found, to }) =>
      at(source, found.node, `imports ${found.target} behind the door of ${to}`, `import lib/${to}/index.js`),
    ),
  ...inLib(sources).flatMap((source) =>
    importsOf(source)
      .filter(({ target }) => target === `lib/${roomOf(source.path)}/index.ts`)
      .map(({ node }) => at(source, node, "imports its own room's door", 'import the file that holds it')),
  ),
];

/** No file imports itself over others, types included: what needs each other belongs together. */
export const noCycle: Check = (sources) => {
  const graph = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (source: Source, way: readonly string[]): void => {
    const here = [...way, source.path];
    for (const { node, target } of importsOf(source)) {
      const start = here.indexOf(target);
      const next = graph.get(target);
      if (start >= 0) {
        const circle = [...here.slice(start), target].join(' → ');
        findings.push(at(source, node, `import cycle ${circle}`, 'move what both need into a third file'));
      } else if (next !== undefined && !done.has(target)) visit(next, here);
    }
    done.add(source.path);
  };
  for (const source of sources) if (!done.has(source.path)) visit(source, []);
  return findings;
};

/** Everything a file imports. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(source)) {
    const specifier = specifierOf(node);
    if (specifier === undefined) continue;
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(source.path), specifier).replace(/\.js$/, '.ts')
      : specifier;
    found.push({ node, specifier, target, typesOnly: isTypesOnly(node) });
  }
  return found;
}

function specifierOf(node: ts.Node): string | undefined {
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const named =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : isDynamic
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined;
  return named !== undefined && ts.isStringLiteralLike(named) ? named.text : undefined;
}

function isTypesOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false;
  const { phaseModifier, name, namedBindings } = node.importClause;
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = namedBindings !== undefined && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
  return name === undefined && names.length > 0 && names.every((element) => element.isTypeOnly);
}

function crossings(sources: readonly Source[]): { source: Source; found: Import; from: string; to: string }[] {
  return inLib(sources).flatMap((source) => {
    const from = roomOf(source.path);
    return importsOf(source)
      .map((found) => ({ source, found, from, to: roomOf(found.target) }))
      .filter(({ to }) => to !== 'none' && to !== from);
  });
}

function inLib(sources: readonly Source[]): Source[] {
  return sources.filter(({ path }) => path.startsWith('lib/'));
}
