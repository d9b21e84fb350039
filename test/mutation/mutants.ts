import ts from 'typescript';

/** One small change of a source file: the text from `start` to `end` becomes `text`. */
export interface Mutant {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Kind =
  | 'arithmetic'
  | 'arm'
  | 'boolean'
  | 'comparison'
  | 'condition'
  | 'logic'
  | 'method'
  | 'number'
  | 'pattern'
  | 'return'
  | 'statement'
  | 'text';

const SWAPPED: ReadonlyMap<ts.SyntaxKind, readonly [Kind, string]> = new Map([
  [ts.SyntaxKind.LessThanToken, ['comparison', '<=']],
  [ts.SyntaxKind.LessThanEqualsToken, ['comparison', '<']],
  [ts.SyntaxKind.GreaterThanToken, ['comparison', '>=']],
  [ts.SyntaxKind.GreaterThanEqualsToken, ['comparison', '>']],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ['comparison', '!==']],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ['comparison', '===']],
  [ts.SyntaxKind.AmpersandAmpersandToken, ['logic', '||']],
  [ts.SyntaxKind.BarBarToken, ['logic', '&&']],
  [ts.SyntaxKind.PlusToken, ['arithmetic', '-']],
  [ts.SyntaxKind.MinusToken, ['arithmetic', '+']],
  [ts.SyntaxKind.AsteriskToken, ['arithmetic', '/']],
  [ts.SyntaxKind.SlashToken, ['arithmetic', '*']],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, ['arithmetic', '<<']],
  [ts.SyntaxKind.LessThanLessThanToken, ['arithmetic', '>>']],
  [ts.SyntaxKind.AmpersandToken, ['arithmetic', '|']],
  [ts.SyntaxKind.BarToken, ['arithmetic', '&']],
]);

const OTHER_METHOD: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['toLowerCase', 'toUpperCase'],
  ['toUpperCase', 'toLowerCase'],
  ['min', 'max'],
  ['max', 'min'],
]);

/** Every mutant of a source text, in the order of the text. Not all of them compile. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    found.push(...mutantsAt(node, tree));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found
    .filter(({ start, end, text: changed }) => text.slice(start, end) !== changed)
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text with one mutant in it. */
export function withMutant(text: string, { start, end, text: changed }: Mutant): string {
  return text.slice(0, start) + changed + text.slice(end);
}

function mutantsAt(node: ts.Node, tree: ts.SourceFile): Mutant[] {
  const replaced = (kind: Kind, old: ts.Node, text: string): Mutant => {
    return { kind, start: old.getStart(tree), end: old.end, text };
  };
  const textOf = (part: ts.Node): string => part.getText(tree);
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
    return [replaced('condition', node.expression, `!(${textOf(node.expression)})`)];
  if (ts.isConditionalExpression(node)) {
    const { whenTrue, whenFalse } = node;
    return [whenTrue, whenFalse].map((arm) => replaced('arm', node, `(${textOf(arm)})`));
  }
  if (ts.isBinaryExpression(node)) return binaryMutants(node, replaced, textOf);
  if (ts.isExpressionStatement(node)) return [replaced('statement', node, ';')];
  if (ts.isReturnStatement(node) && node.expression !== undefined)
    return [replaced('return', node.expression, '[]'), replaced('return', node.expression, `''`)];
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    const other = OTHER_METHOD.get(name.text);
    if (name.text === 'filter') return [replaced('method', node, textOf(expression))];
    return other === undefined ? [] : [replaced('method', name, other)];
  }
  return literalMutants(node, replaced, textOf);
}

type Replaced = (kind: Kind, old: ts.Node, text: string) => Mutant;

function binaryMutants(node: ts.BinaryExpression, replaced: Replaced, textOf: (part: ts.Node) => string): Mutant[] {
  const { left, operatorToken, right } = node;
  if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [replaced('arm', node, `(${textOf(left)})`), replaced('arm', node, `(${textOf(right)})`)];
  const swapped = SWAPPED.get(operatorToken.kind);
  return swapped === undefined ? [] : [replaced(swapped[0], operatorToken, swapped[1])];
}

function literalMutants(node: ts.Node, replaced: Replaced, textOf: (part: ts.Node) => string): Mutant[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [replaced('boolean', node, 'false')];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [replaced('boolean', node, 'true')];
  if (ts.isNumericLiteral(node)) return [replaced('number', node, `(${textOf(node)} + 1)`)];
  if (ts.isBigIntLiteral(node)) return [replaced('number', node, `(${textOf(node)} + 1n)`)];
  if (ts.isStringLiteral(node) && !isPropertyName(node))
    return [replaced('text', node, node.text === '' ? `'mutant'` : `''`)];
  if (ts.isRegularExpressionLiteral(node))
    return anchorsDropped(textOf(node)).map((text) => replaced('pattern', node, text));
  return [];
}

/** The pattern without its first anchor, and without its last one. */
function anchorsDropped(pattern: string): string[] {
  return [pattern.replace(/^\/\^/, '/'), pattern.replace(/\$(?=\/\w*$)/, '')].filter(
    (text) => text !== pattern && !text.startsWith('//'),
  );
}

function isPropertyName({ parent }: ts.StringLiteral): boolean {
  return ts.isPropertySignature(parent) || ts.isLiteralTypeNode(parent);
}
