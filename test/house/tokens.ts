import ts from 'typescript';
import { importsOf } from './imports.js';
import { at, nodesOf, type Check, type Finding, type Source } from './source.js';

/** A step that takes a token, where it stands, and the only files that may import it; a door may pass it on. */
interface Step {
  readonly file: string;
  readonly doors: readonly string[];
  readonly importers: readonly string[];
}

const STEPS: Readonly<Record<string, Step>> = {
  connect: {
    file: 'lib/proxy/upstream/connect.ts',
    doors: ['lib/proxy/upstream/index.ts'],
    importers: ['lib/proxy/reach.ts', 'lib/proxy/inspect/prober.ts'],
  },
  portableRelay: {
    file: 'lib/relay/relay.ts',
    doors: ['lib/relay/index.ts'],
    importers: ['lib/app/parts/proxy-part.ts'],
  },
  recordDecision: {
    file: 'lib/proxy/decision/decision.ts',
    doors: ['lib/proxy/decision/index.ts'],
    importers: ['lib/proxy/attempt-log/attempt-log.ts'],
  },
  recordable: {
    file: 'lib/proxy/decision/decision.ts',
    doors: ['lib/proxy/decision/index.ts'],
    importers: ['lib/proxy/attempt-log/attempt-log.ts'],
  },
  createOperatorResolver: {
    file: 'lib/proxy/upstream/resolve.ts',
    doors: ['lib/proxy/upstream/index.ts', 'lib/proxy/index.ts'],
    importers: ['lib/cli/policy/explain.ts'],
  },
};

/** The dial, the relay and the steps that mint their tokens are imported by the files named here only. */
export const stepsHaveTheirImporters: Check = (sources) =>
  sources.flatMap((source) => Object.entries(STEPS).flatMap(([name, step]) => strangers(source, name, step)));

function strangers(source: Source, name: string, { file, doors, importers }: Step): Finding[] {
  if ([...doors, ...importers].includes(source.path)) return [];
  return importsOf(source)
    .filter(({ target, typesOnly }) => !typesOnly && [file, ...doors].includes(target))
    .filter(({ node }) => bringsIn(node, name))
    .map(({ node }) => at(source, node, `imports ${name}`, `only ${importers.join(' and ')} may`));
}

/** Whether an import brings a value in: by its name, or with all that the file has. */
function bringsIn(node: ts.Node, name: string): boolean {
  const bindings = ts.isImportDeclaration(node)
    ? node.importClause?.namedBindings
    : ts.isExportDeclaration(node)
      ? node.exportClause
      : undefined;
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return true;
  return bindings.elements.some((one) => !one.isTypeOnly && (one.propertyName ?? one.name).text === name);
}

const COPIES = new Set(['Object.assign', 'Object.create', 'Object.setPrototypeOf', 'Object.defineProperty']);
/** Rooms through whose hands tokens go. */
const HANDS_ON_TOKENS = /^lib\/(?:proxy|relay)\//;

/** No copy that the compiler takes for the original: where tokens go by, objects are written out or spread. */
export const noCopiedTokens: Check = (sources) =>
  sources
    .filter(({ path }) => HANDS_ON_TOKENS.test(path))
    .flatMap((source) =>
      [...nodesOf(source)]
        .filter((node) => ts.isPropertyAccessExpression(node) && COPIES.has(node.getText()))
        .map((node) => at(source, node, `uses ${node.getText()}`, 'write the object out, or spread it')),
    );
