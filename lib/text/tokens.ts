import { Lexer, Parser, type CST } from 'yaml';
import type { ProblemCode } from './problems.js';

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
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
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
