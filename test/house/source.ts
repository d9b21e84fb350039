import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** One file, parsed. `path` is relative to the project, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly tree: ts.SourceFile;
}

/** A broken rule: where, what, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
  readonly remedy: string;
}

/** Looks at all files of the house, and lists what breaks one rule. */
export type Check = (sources: readonly Source[]) => readonly Finding[];

/** Parses a text as the file at `path`. */
export function parse(path: string, text: string): Source {
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

/** Parses every TypeScript file below the given folders of the project. */
export function readSources(project: string, ...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .sort()
      .map((path) => parse(path, readFileSync(join(project, path), 'utf8'))),
  );
}

/** Every node of a file, parents before children. */
export function* nodesOf(source: Source): Generator<ts.Node> {
  const waiting: ts.Node[] = [source.tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => {
      children.push(child);
    });
    waiting.push(...children.reverse());
  }
}

/** The line on which a node starts, its comments left out; from 1. */
export function lineOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

/** A finding at a node. */
export function at(source: Source, node: ts.Node, problem: string, remedy: string): Finding {
  return { path: source.path, line: lineOf(source, node), problem, remedy };
}

/** `path:line: problem; remedy`. */
export function format({ path, line, problem, remedy }: Finding): string {
  return `${path}:${line}: ${problem}; ${remedy}`;
}
