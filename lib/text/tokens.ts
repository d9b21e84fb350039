import { Composer, Lexer, Parser, type CST } from 'yaml';
import { MOST_OF_A_FILE, type ProblemCode } from './problems.js';

const DEEPEST = 20;
/** The most keys of one mapping, checked before it is composed. */
const MOST_KEYS = 100_000;

/** A bound that the text exceeds, and where. */
interface Excess {
  readonly code: ProblemCode;
  readonly at: number;
  readonly message: string;
}

/**
 * Splits the text into concrete syntax, or finds the bound that it exceeds. This must come before anything recursive:
 * half a megabyte of `[` would take the whole process down, not just throw.
 */
export function readTokens(text: string): readonly CST.Token[] | Excess {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') errors += 1;
      if (token.type !== 'error' || errors <= MOST_OF_A_FILE) tokens.push(token);
    }
    // The stack also holds the document and the scalar being read.
    if (parser.stack.length > DEEPEST + 2)
      return { code: 'too_deep', at: parser.offset, message: `more than ${DEEPEST} levels of nesting` };
    if (parser.stack.slice(-2).some(hasTooManyKeys))
      return { code: 'too_many', at: parser.offset, message: `more than ${MOST_KEYS} keys in one mapping` };
  }
  tokens.push(...parser.end());
  return tokens;
}

function hasTooManyKeys(token: CST.Token): boolean {
  const isMapping = token.type === 'block-map' || (token.type === 'flow-collection' && token.start.source === '{');
  return isMapping && token.items.length > MOST_KEYS;
}

/**
 * A composer that gives up to 1,000 errors. Each is an object with its stack, and a megabyte of braces has a million of them.
 * One is enough to refuse a document.
 */
export function boundedComposer(options: ConstructorParameters<typeof Composer>[0]): Composer {
  const composer = new Composer(options);
  const report: unknown = Reflect.get(composer, 'onError');
  if (typeof report !== 'function') throw new Error('the composer of the YAML library reports errors in another way');
  let errors = 0;
  Reflect.set(composer, 'onError', (...given: readonly unknown[]): void => {
    errors += 1;
    if (errors <= MOST_OF_A_FILE) Reflect.apply(report, composer, given);
  });
  return composer;
}
