import ts from 'typescript';
import { ROOMS, roomOf } from './rooms.js';
import { at, lineOf, nodesOf, type Check, type Finding, type Source } from './source.js';

const FILE_LINES = 300;
const FUNCTION_LINES = 60;
/** The one file that may assert a type: it mints the brand of what was parsed. */
const MINT = 'lib/address/types.ts';
const FORBIDDEN_WORDS = /utils|helper|common|manager/i;

/** No file is longer than a reader's patience. */
export const noLongFile: Check = (sources) =>
  sources.flatMap((source) => {
    const lines = source.tree.text.trimEnd().split('\n').length;
    return lines > FILE_LINES
      ? [at(source, source.tree, `has ${lines} lines of ${FILE_LINES}`, 'split it by idea')]
      : [];
  });

/** No function is longer than a screen. */
export const noLongFunction: Check = (sources) =>
  eachNode(sources, (source, node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return [];
    const lines = source.tree.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(source, node);
    if (lines <= FUNCTION_LINES) return [];
    return [at(source, node, `a function has ${lines} lines of ${FUNCTION_LINES}`, 'give its steps names')];
  });

/** No room holds more files than one can keep in mind. */
export const noCrowdedRoom: Check = (sources) =>
  Object.entries(ROOMS).flatMap(([room, { files }]) => {
    const held = sources.filter(({ path }) => roomOf(path) === room).length;
    if (held <= files) return [];
    return [
      { path: `lib/${room}`, line: 1, problem: `holds ${held} files of ${files}`, remedy: 'find the room inside it' },
    ];
  });

/** No `any`, and no `!` that talks the compiler out of an absence. */
export const noSilencedCompiler: Check = (sources) =>
  eachNode(sources, (source, node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) return [at(source, node, 'any', 'name the type, or use unknown')];
    if (ts.isNonNullExpression(node)) return [at(source, node, 'non-null `!`', 'handle the absence')];
    return [];
  });

/** No type assertion but where a brand is minted; `as const` and `as unknown` assert nothing. */
export const noCast: Check = (sources) =>
  eachNode(sources, (source, node) => {
    if (!ts.isAsExpression(node) && !ts.isTypeAssertionExpression(node)) return [];
    const type = node.type.getText();
    if (type === 'const' || type === 'unknown' || source.path === MINT) return [];
    return [at(source, node, `asserts the type ${type}`, 'narrow the value by looking at it')];
  });

/** No file, folder or declaration is named after nothing in particular. */
export const noEmptyNames: Check = (sources) => [
  ...sources
    .filter(({ path }) => FORBIDDEN_WORDS.test(path))
    .map((source) => at(source, source.tree, 'is named after nothing in particular', 'name the idea')),
  ...eachNode(sources, (source, node) => {
    const name =
      ts.isFunctionDeclaration(node) || isNamedType(node) || ts.isVariableDeclaration(node) ? node.name : undefined;
    if (name === undefined || !ts.isIdentifier(name) || !FORBIDDEN_WORDS.test(name.text)) return [];
    return [at(source, node, `${name.text} is named after nothing in particular`, 'name the idea')];
  }),
];

/** Every export says what its caller gets; every door says what the room is for. */
export const everyExportIsExplained: Check = (sources) =>
  sources.flatMap((source) => [
    ...source.tree.statements
      .filter((statement) => isExported(statement) && !hasDocComment(source, statement))
      .map((statement) =>
        at(source, statement, 'an export has no doc comment', 'say what the caller gets and how it fails'),
      ),
    ...undocumentedDoor(source),
  ]);

/** A test that stands beside a room's name tests a file of that room. */
export const everyTestHasItsFile: Check = (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  return sources
    .filter(({ path }) => path.startsWith('test/') && path.endsWith('.test.ts'))
    .map((source) => ({ source, file: source.path.replace(/^test\//, 'lib/').replace(/\.test\.ts$/, '.ts') }))
    .filter(({ file }) => roomOf(file) !== 'none' && !paths.has(file))
    .map(({ source, file }) =>
      at(source, source.tree, `tests no file: ${file} does not exist`, 'name the file it tests'),
    );
};

function undocumentedDoor(source: Source): Finding[] {
  const [first] = source.tree.statements;
  const isDoor = source.path === `lib/${roomOf(source.path)}/index.ts`;
  if (!isDoor || (first !== undefined && hasDocComment(source, first))) return [];
  return [
    at(
      source,
      source.tree,
      'a door has no comment',
      'say what the room is for, what it refuses to know, where to start',
    ),
  ];
}

function hasDocComment(source: Source, node: ts.Node): boolean {
  const comments = ts.getLeadingCommentRanges(source.tree.text, node.pos) ?? [];
  return comments.some(({ pos }) => source.tree.text.startsWith('/**', pos));
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function isNamedType(node: ts.Node): node is ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function eachNode(sources: readonly Source[], look: (source: Source, node: ts.Node) => Finding[]): Finding[] {
  return sources.flatMap((source) => [...nodesOf(source)].flatMap((node) => look(source, node)));
}
