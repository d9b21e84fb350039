import { Composer, Lexer, Parser, isAlias, isMap, isNode, isScalar, isSeq, visit } from 'yaml';
import type { CST, Document, Node, Scalar } from 'yaml';
import { hiddenCharacters, positionAt, quoted } from './problems.js';
import type { FilePosition, Problem, ProblemCode, Step } from './problems.js';

/** A text handed to the reader, and the name it is called by in messages and records. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A YAML text as plain data, with a way back to the text. `value` is `'unreadable'` if the text is not YAML at all or
 * uses what would make its meaning unsure; `problems` can be there in both cases.
 */
export interface Tree {
  readonly file: string;
  readonly content: { readonly kind: 'value'; readonly value: unknown } | 'unreadable';
  readonly problems: readonly Problem[];
  /** Where a value stands; for a path that leads nowhere, the nearest part that exists. */
  readonly positionOf: (path: readonly Step[]) => FilePosition;
  /** Where a key of the mapping at `path` stands, if it is there as a plain word. */
  readonly positionOfKey: (path: readonly Step[], key: string) => FilePosition | 'no_such_key';
}

/** Longest text of a file, in bytes of UTF-8. */
const longestFile = 1024 * 1024;
const deepest = 20;

const options = { version: '1.2', schema: 'core', merge: false, resolveKnownTags: false, prettyErrors: false } as const;

/**
 * Reads the part of YAML 1.2 that policy files may use: core schema, one document, plain keys, decimal numbers. No
 * aliases, anchors, tags, merge keys or directives, no key twice, no hidden characters, at most 20 levels and 1 MiB.
 */
export function readTree({ path, text }: SourceFile): Tree {
  const start = new SourceText(path, text);
  const tooLarge = Buffer.byteLength(text) > longestFile;
  if (tooLarge)
    return start.unreadable('too_large', 0, 1, 'the file is larger than 1 MiB', 'split it into several files');
  const hidden = hiddenCharacters.exec(text.replace(/^\ufeff/u, ' '));
  if (hidden !== null) {
    const shown = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const hint = 'remove it: people reviewing this file would not see what tidegate reads';
    return start.unreadable('hidden_character', hidden.index, hidden.index + 1, `hidden character U+${shown}`, hint);
  }
  const tokens = readTokens(text);
  if (typeof tokens === 'number') {
    return start.unreadable('too_deep', tokens, tokens + 1, `more than ${deepest} levels of nesting`, 'none');
  }
  const [document, ...others] = new Composer(options).compose(tokens, true, text.length);
  if (document === undefined) throw new Error('the composer was told to give a document');
  const second = others[0];
  if (second !== undefined) {
    start.add(
      'yaml_feature',
      second.range[0],
      second.range[0] + 3,
      'a second document begins here',
      'one file holds one document: remove the --- line',
    );
  }
  return start.tree(document);
}

/**
 * Splits the text into concrete syntax, or answers the offset where nesting goes too deep. This must come before
 * anything recursive: half a megabyte of `[` would take the whole process down, not just throw.
 */
function readTokens(text: string): readonly CST.Token[] | number {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The stack holds the document and the scalar being read besides the collections.
    if (parser.stack.length > deepest + 2) return parser.offset;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** One text on its way to a tree: collects problems, and knows where lines start. */
class SourceText {
  readonly #file: string;
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #problems: Problem[] = [];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  position(start: number, end: number): FilePosition {
    return positionAt(this.#text, this.#lineStarts, start, end);
  }

  add(code: ProblemCode, start: number, end: number, message: string, hint: string): void {
    this.#problems.push({
      severity: 'error',
      code,
      file: this.#file,
      position: this.position(start, end),
      message,
      hint,
    });
  }

  unreadable(code: ProblemCode, start: number, end: number, message: string, hint: string): Tree {
    this.add(code, start, end, message, hint);
    const position = (): FilePosition => this.position(start, end);
    return {
      file: this.#file,
      content: 'unreadable',
      problems: this.#problems,
      positionOf: position,
      positionOfKey: position,
    };
  }

  tree(document: Document.Parsed): Tree {
    let readable = true;
    for (const { code, message, pos } of document.errors) {
      if (code !== 'DUPLICATE_KEY') readable = false;
      if (code === 'DUPLICATE_KEY') this.#addDuplicate(pos[0]);
      else this.#addSyntax(pos, message);
    }
    if (document.directives.yaml.explicit === true) {
      this.add('yaml_feature', 0, 1, 'a %YAML directive', 'remove it: policy files are YAML 1.2');
    }
    if (this.#refuseFeatures(document)) readable = false;
    const root = document.contents;
    return {
      file: this.#file,
      content: readable ? { kind: 'value', value: document.toJS() as unknown } : 'unreadable',
      problems: this.#problems,
      positionOf: (path) => this.#positionOf(reach(root, path)),
      positionOfKey: (path, key) => {
        const found = keyOf(reach(root, path), key);
        return found === undefined ? 'no_such_key' : this.#positionOf(found);
      },
    };
  }

  #addDuplicate(start: number): void {
    const [key = '?'] = /^(?:"[^"]*"|'[^']*'|[^\s:,]+)/.exec(this.#text.slice(start, start + 100)) ?? [];
    this.add(
      'duplicate_key',
      start,
      start + key.length,
      `key ${quoted(key.replaceAll(/["']/g, ''))} stands twice in one mapping`,
      'remove one of the two',
    );
  }

  #addSyntax([start, end]: readonly [number, number], message: string): void {
    const tabs = message.startsWith('Tabs');
    const hint = tabs
      ? 'indent with spaces'
      : message.startsWith('Nested mappings')
        ? 'quote a value that contains ": "'
        : 'none';
    // What is missing at the end of the file is shown behind the last thing that is there.
    const last = this.#text.trimEnd().length;
    this.add(
      'yaml_syntax',
      Math.min(start, last),
      Math.min(end, last),
      `${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      hint,
    );
  }

  /** Reports every use of what policy files may not use; says whether the data can no longer be trusted. */
  #refuseFeatures(document: Document.Parsed): boolean {
    let unsure = false;
    const refuse = (node: Node, message: string, hint: string): void => {
      const [start, end] = rangeOf(node);
      this.add('yaml_feature', start, end, message, hint);
    };
    visit(document, {
      Alias: (_, node) => {
        unsure = true;
        refuse(node, 'aliases are not allowed', 'write the value out, or make it a group');
      },
      Node: (key, node) => {
        if (!isAlias(node) && node.anchor !== undefined)
          refuse(node, 'anchors are not allowed', 'remove the & and its name');
        if (node.tag !== undefined) refuse(node, 'tags are not allowed', 'remove the ! and its name');
        if (key === 'key') {
          unsure ||= !isScalar(node);
          this.#refuseKey(node);
        } else if (isScalar(node)) this.#refuseNumber(node);
      },
    });
    return unsure;
  }

  #refuseKey(node: Node): void {
    const [start, end] = rangeOf(node);
    if (!isScalar(node) || typeof node.value !== 'string') {
      this.add('yaml_feature', start, end, 'keys are plain words', 'quote it if it is meant as a word');
    } else if (node.value === '<<') {
      this.add('yaml_feature', start, end, 'merge keys are not allowed', 'write the keys out');
    }
  }

  #refuseNumber(node: Scalar): void {
    // Fractions need no word here: no key takes them.
    if (!Number.isInteger(node.value) || /^(?:0|[1-9]\d*)$/.test(node.source ?? '')) return;
    const [start, end] = rangeOf(node);
    this.add(
      'yaml_feature',
      start,
      end,
      'numbers are written in decimal digits, without sign or leading zero',
      'quote it if it is meant as text',
    );
  }

  #positionOf(node: Node | null): FilePosition {
    if (node === null) return this.position(0, 1);
    const [start, end] = rangeOf(isMap(node) ? (keyAt(node.items[0]) ?? node) : node);
    return this.position(start, end);
  }
}

function rangeOf(node: Node): readonly [number, number] {
  const [start, end] = node.range ?? [0, 1];
  return [start, end];
}

function keyAt(pair: unknown): Node | undefined {
  if (typeof pair !== 'object' || pair === null || !('key' in pair)) return undefined;
  return isNode(pair.key) ? pair.key : undefined;
}

/** Follows a path as far as it leads. */
function reach(root: Node | null, path: readonly Step[]): Node | null {
  let node = root;
  for (const step of path) {
    let next: unknown = undefined;
    if (isMap(node)) next = node.items.find(({ key }) => isScalar(key) && key.value === step)?.value;
    if (isSeq(node) && typeof step === 'number') next = node.items[step];
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

function keyOf(node: Node | null, key: string): Node | undefined {
  return isMap(node) ? keyAt(node.items.find((item) => isScalar(item.key) && item.key.value === key)) : undefined;
}
