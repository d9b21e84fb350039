import { posix } from 'node:path';
import ts from 'typescript';
import { roomOf } from './rooms.js';
import { at, type Check, type Finding, type Source } from './source.js';

/** In how many rooms one name may be declared: more, and it says too little. */
const ROOMS_PER_NAME = 2;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;

/** No type name is declared in more than two rooms. */
export const noVagueType: Check = (sources) =>
  inTooManyRooms(sources, (node) =>
    ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node)
      ? node.name
      : undefined,
  );

/** No name of an exported function is declared in more than two rooms. */
export const noVagueFunction: Check = (sources) =>
  inTooManyRooms(sources, (node) => (ts.isFunctionDeclaration(node) && isExported(node) ? node.name : undefined));

/** File names are words in lower case, joined by hyphens. */
export const fileNamesAreKebabCase: Check = (sources) =>
  sources
    .filter(({ path }) => !KEBAB_CASE.test(path.split('/').at(-1) ?? ''))
    .map((source) => at(source, source.tree, 'is not named in kebab-case', 'rename it: words-like-these.ts'));

/** A file that a comment names exists: beside the comment, below one of its folders, in lib or in the project. */
export const namedFilesExist: Check = (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  return sources
    .filter(({ path }) => path.startsWith('lib/'))
    .flatMap((source) => {
      const named = [...source.tree.text.matchAll(/`([\w./-]+\.ts)`/g)].filter(([, name = '']) => {
        const folders = source.path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
        return !folders.some((folder) => paths.has(posix.join(folder, name)));
      });
      return named.map(({ 1: name = '', index }) => ({
        path: source.path,
        line: source.tree.getLineAndCharacterOfPosition(index).line + 1,
        problem: `names ${name}, which does not exist`,
        remedy: 'name the file as it is called now',
      }));
    });
};

function inTooManyRooms(
  sources: readonly Source[],
  nameOf: (node: ts.Statement) => ts.Identifier | undefined,
): Finding[] {
  const declared = new Map<string, { source: Source; node: ts.Node; room: string }[]>();
  for (const source of sources) {
    for (const statement of source.tree.statements) {
      const node = nameOf(statement);
      if (node === undefined) continue;
      const places = declared.get(node.text) ?? [];
      declared.set(node.text, [...places, { source, node, room: roomOf(source.path) }]);
    }
  }
  return [...declared].flatMap(([name, places]) => {
    const rooms = [...new Set(places.map(({ room }) => room))];
    const [first] = places;
    if (first === undefined || rooms.length <= ROOMS_PER_NAME) return [];
    const problem = `${name} is declared in ${rooms.length} rooms: ${rooms.join(', ')}`;
    return [at(first.source, first.node, problem, 'qualify the name by what it is')];
  });
}

function isExported(node: ts.FunctionDeclaration): boolean {
  return (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
