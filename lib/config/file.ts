import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCollection, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { errorReason } from '../system/index.js';
import type { ConfigProblem, Source } from './layers.js';

/** A file read as YAML, or everything that keeps it from being read; `'missing'` if there is none. */
export type ConfigFile =
  | { readonly kind: 'file'; readonly source: Source }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: 'missing' };

const MAX_BYTES = 1024 * 1024;

/** Reads a configuration file: YAML 1.2, one document, core schema, no aliases and no tags of its own. `name` is for messages. */
export async function readConfigFile(path: string, name: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorReason(error);
    return code === 'ENOENT' ? { kind: 'missing' } : problemOf(name, `cannot be read (${code})`);
  }
  if (text.length > MAX_BYTES) return problemOf(name, 'is larger than 1 MiB');
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const document = parseDocument(text, { version: '1.2', schema: 'core', lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    wrong(at(pos[0]), lowerCase(message)),
  );
  visit(document, {
    Alias: (_key, node) =>
      void problems.push(wrong(at(startOf(node)), 'aliases are not read here: write the value again')),
  });
  if (problems.length > 0) return { kind: 'problems', problems };
  const locate = (path: readonly PropertyKey[]): string => at(offsetOf(document.contents, path));
  return { kind: 'file', source: { raw: document.toJS() ?? {}, locate, folder: dirname(path) } };
}

/** Where the value at a path begins: the entry of a list, or the key of a map. The nearest thing around it if there is none. */
function offsetOf(contents: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = isNode(contents) ? startOf(contents) : 0;
  for (const step of path) {
    if (!isCollection(node)) return offset;
    const child: unknown = isMap(node)
      ? node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
      : node.items[Number(step)];
    if (child === undefined) return offset;
    const start: unknown = isPair(child) ? child.key : child;
    offset = isNode(start) ? startOf(start) : offset;
    node = isPair(child) ? child.value : child;
  }
  return offset;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function problemOf(name: string, detail: string): ConfigFile {
  return { kind: 'problems', problems: [wrong(name, detail)] };
}

function wrong(where: string, detail: string): ConfigProblem {
  return { where, key: 'none', detail };
}

function lowerCase(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '');
}
