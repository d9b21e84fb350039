import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { KeyIndex, reach } from './key-index.js';
import {
  HIDDEN_CHARACTERS,
  MOST_OF_A_FILE,
  positionAt,
  quoted,
  type FilePosition,
  type Problem,
  type ProblemCode,
  type PathStep,
} from './problems.js';
import { MAX_FILE_BYTES, type SourceFile } from './source.js';
import { boundedComposer, readTokens } from './tokens.js';

/**
 * A YAML text as plain data, with the positions of its parts. `content` is `'unreadable'` if the text is not YAML or uses
 * a feature that makes its meaning ambiguous; there can be `problems` in both cases.
 */
export interface Tree {
  readonly file: string;
  readonly content: { readonly kind: 'value'; readonly value: unknown } | 'unreadable';
  readonly problems: readonly Problem[];
  /** The position of a value; for a path that leads nowhere, of the closest part that exists. */
  readonly positionOf: (path: readonly PathStep[]) => FilePosition;
  /** The position of a key of the mapping at `path`, if the mapping has it as a plain word. */
  readonly positionOfKey: (path: readonly PathStep[], key: string) => FilePosition | 'no_such_key';
}

// Duplicates are found here, by hashes: the library compares each key with all before it.
const options = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
} as const;

/** Whether values under a path may be secret, so that no excerpt shows them. */
type IsSecret = (path: readonly PathStep[]) => boolean;

/**
 * Reads a strict part of YAML 1.2: core schema, one document, plain keys, decimal numbers. No aliases, anchors, tags,
 * merge keys or directives, no duplicate key, no hidden characters, at most 20 levels and 1 MiB.
 */
export function readTree({ path, text }: SourceFile, isSecret: IsSecret | 'nothing' = 'nothing'): Tree {
  const start = new SourceText(path, text, isSecret);
  const tooLarge = Buffer.byteLength(text) > MAX_FILE_BYTES;
  if (tooLarge) return start.unreadable('too_large', 0, 1, 'the file is larger than 1 MiB', 'none');
  const hidden = HIDDEN_CHARACTERS.exec(text.replace(/^\ufeff/u, ' '));
  if (hidden !== null) {
    const shown = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const hint = 'remove it: people reviewing this file would not see what tidegate reads';
    return start.unreadable('hidden_character', hidden.index, hidden.index + 1, `hidden character U+${shown}`, hint);
  }
  const tokens = readTokens(text);
  if ('code' in tokens) return start.unreadable(tokens.code, tokens.at, tokens.at + 1, tokens.message, 'none');
  const [document, ...others] = boundedComposer(options).compose(tokens, true, text.length);
  if (document === undefined) throw new Error('the composer gave no document');
  const [at] = others[0]?.range ?? [-1];
  if (at >= 0)
    start.add('yaml_feature', at, at + 3, 'second document', 'remove the --- line: a file holds one document');
  return start.tree(document);
}

const SYNTAX_HINTS = [
  ['Tabs', 'indent with spaces'],
  ['Nested mappings', 'quote a value that contains ": "'],
] as const;

/** One text on its way to a tree: collects problems, and knows where lines start. */
class SourceText {
  readonly #file: string;
  readonly #text: string;
  readonly #isSecret: IsSecret | 'nothing';
  readonly #lineStarts: readonly number[];
  /** Behind the last thing that is there: where what is missing at the end is shown. */
  readonly #last: number;
  /** The text as excerpts show it: secrets hidden, every character in its position. */
  #shown: string;
  readonly #problems: Problem[] = [];

  constructor(file: string, text: string, isSecret: IsSecret | 'nothing') {
    this.#file = file;
    this.#text = text;
    this.#isSecret = isSecret;
    this.#last = text.trimEnd().length;
    this.#shown = isSecret === 'nothing' ? text : withoutValues(text);
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  position(start: number, end: number): FilePosition {
    return positionAt(this.#shown, this.#lineStarts, start, end);
  }

  add(code: ProblemCode, start: number, end: number, message: string, hint: string): void {
    if (this.#problems.length >= MOST_OF_A_FILE) return;
    const position = this.position(start, end);
    this.#problems.push({ severity: 'error', code, file: this.#file, position, message, hint });
  }

  unreadable(code: ProblemCode, start: number, end: number, message: string, hint: string): Tree {
    this.add(code, start, end, message, hint);
    const position = (): FilePosition => this.position(start, end);
    const positions = { positionOf: position, positionOfKey: position };
    return { file: this.#file, content: 'unreadable', problems: this.#problems, ...positions };
  }

  tree(document: Document.Parsed): Tree {
    const isParsed = document.errors.length === 0;
    if (isParsed) this.#hideSecrets(document);
    for (const { message, pos } of document.errors) this.#addSyntax(pos, message);
    if (document.directives.yaml.explicit === true) {
      this.add('yaml_feature', 0, 1, 'a %YAML directive', 'remove it: the file is read as YAML 1.2');
    }
    const isAmbiguous = this.#refuseFeatures(document);
    const keys = new KeyIndex();
    return {
      file: this.#file,
      content: isParsed && !isAmbiguous ? { kind: 'value', value: document.toJS() as unknown } : 'unreadable',
      problems: this.#problems,
      positionOf: (path) => this.#positionOf(reach(document, path, keys)),
      positionOfKey: (path, key) => {
        const node = reach(document, path, keys);
        const found = isMap(node) ? keyAt(keys.find(node, key)) : undefined;
        return found === undefined ? 'no_such_key' : this.#positionOf(found);
      },
    };
  }

  #addDuplicate(start: number): void {
    const [key = '?'] = /^(?:"[^"]*"|'[^']*'|[^\s:,]+)/.exec(this.#text.slice(start, start + 100)) ?? [];
    const message = `duplicate key ${quoted(key.replaceAll(/["']/g, ''))}`;
    this.add('duplicate_key', start, start + key.length, message, 'remove one of the two');
  }

  #addSyntax([start, end]: readonly [number, number], message: string): void {
    const [, hint = 'none'] = SYNTAX_HINTS.find(([prefix]) => message.startsWith(prefix)) ?? [];
    const lowered = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
    const worded = this.#isSecret === 'nothing' ? lowered : withoutSource(lowered);
    this.add('yaml_syntax', Math.min(start, this.#last), Math.min(end, this.#last), worded, hint);
  }

  /** Replaces the secrets of a well-formed text in what excerpts show. */
  #hideSecrets(document: Document.Parsed): void {
    const isSecret = this.#isSecret;
    if (isSecret === 'nothing') return;
    const pieces: string[] = [];
    let from = 0;
    visit(document, {
      Scalar: (key, node, ancestors) => {
        const path = ancestors.flatMap((each) => (isPair(each) && isScalar(each.key) ? [String(each.key.value)] : []));
        if (key === 'key' || !isSecret(path)) return;
        const [start, end] = rangeOf(node);
        pieces.push(this.#text.slice(from, start), hidden(this.#text.slice(start, end)));
        from = end;
      },
    });
    this.#shown = `${pieces.join('')}${this.#text.slice(from)}`;
  }

  /** Reports every use of a feature that is refused; returns whether the data can no longer be trusted. */
  #refuseFeatures(document: Document.Parsed): boolean {
    let unsure = false;
    visit(document, {
      Alias: (_, node) => {
        unsure = true;
        this.#refuse(node, 'aliases are not allowed', 'write the value out');
      },
      Node: (key, node) => {
        if (!isAlias(node) && node.anchor !== undefined)
          this.#refuse(node, 'anchors are not allowed', 'remove the & and its name');
        if (isMap(node)) this.#refuseDuplicates(node);
        if (node.tag !== undefined) this.#refuse(node, 'tags are not allowed', 'remove the ! and its name');
        if (key === 'key') {
          unsure ||= !isScalar(node);
          this.#refuseKey(node);
        } else if (isScalar(node)) this.#refuseNumber(node);
      },
    });
    return unsure;
  }

  #refuseDuplicates({ items }: YAMLMap): void {
    const seen = new Set<string>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      const text = String(key.value);
      if (seen.has(text)) this.#addDuplicate(rangeOf(key)[0]);
      seen.add(text);
    }
  }

  #refuse(node: Node, message: string, hint: string): void {
    const [start, end] = rangeOf(node);
    this.add('yaml_feature', start, end, message, hint);
  }

  #refuseKey(node: Node): void {
    if (!isScalar(node) || typeof node.value !== 'string')
      this.#refuse(node, 'keys must be plain words', 'quote it if it is meant as a word');
    else if (node.value === '<<') this.#refuse(node, 'merge keys are not allowed', 'write the keys out');
  }

  #refuseNumber(node: Scalar): void {
    // Fractions are not reported here: no key takes them.
    if (!Number.isInteger(node.value) || /^(?:0|[1-9]\d*)$/.test(node.source ?? '')) return;
    const message = 'numbers must be decimal digits, without sign or leading zero';
    this.#refuse(node, message, 'quote it if it is meant as text');
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

function keyAt(pair: Pair | undefined): Node | undefined {
  return isNode(pair?.key) ? pair.key : undefined;
}

/** A text with everything hidden but the keys that lines start with: what cannot be parsed may hold a secret anywhere. */
function withoutValues(text: string): string {
  return text.replaceAll(
    /^((?:[ \t]|- )*(?:[\w.-]+:(?=\s))?)(.*)$/gm,
    (_, key: string, rest: string) => key + hidden(rest),
  );
}

function hidden(text: string): string {
  return text.replaceAll(/\S/g, '*');
}

/** A message of the YAML library without what it quotes from the text. */
function withoutSource(message: string): string {
  return message.replace(/(?<=\w): .*$/su, '');
}
