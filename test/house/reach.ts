import { builtinModules } from 'node:module';
import ts from 'typescript';
import { importsOf } from './imports.js';
import { ROOMS, roomOf } from './rooms.js';
import { at, nodesOf, type Check, type Finding, type Source } from './source.js';

const CLOCKS = ['performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const WORLD = ['process', 'fetch', 'WebSocket', 'crypto', 'console', 'globalThis', 'global'];
const IMPURE = new Set([...CLOCKS, ...WORLD]);

/** Modules with which one can reach another machine. */
const NETWORK = new Set(['net', 'tls', 'http', 'https', 'http2', 'dgram', 'undici', 'ws', 'ssh2']);
/** What any room may take from them: it waits for others or looks at text, and dials nobody. */
const WAITS = new Set(['createServer', 'Server', 'isIP', 'isIPv4', 'isIPv6']);

/** A pure room takes time and bytes as arguments: no Node modules, no clock, no randomness, nothing of the process. */
export const pureRoomsArePure: Check = (sources) => sources.filter(isPure).flatMap((source) => [...impurities(source)]);

function* impurities(source: Source): Generator<Finding> {
  for (const { node, specifier } of importsOf(source)) {
    if (isBuiltin(specifier) && !computesOnly(node, specifier))
      yield at(source, node, `imports ${specifier} in a pure room`, 'take bytes as an argument');
  }
  for (const node of nodesOf(source)) {
    const used = ts.isIdentifier(node) && isFreeName(node) && IMPURE.has(node.text) ? node.text : impureCall(node);
    if (used !== 'none') yield at(source, node, `uses ${used} in a pure room`, 'take time and chance as arguments');
  }
}

/** What a pure room may take of Node: digests and checks of signatures, which depend on their arguments alone. */
const COMPUTES = new Set(['constants', 'createHash', 'createPublicKey', 'KeyObject', 'publicDecrypt', 'verify']);

function computesOnly(node: ts.Node, specifier: string): boolean {
  return withoutPrefix(specifier) === 'crypto' && valuesImported(node).every((name) => COMPUTES.has(name));
}

function impureCall(node: ts.Node): string {
  const text = ts.isPropertyAccessExpression(node) ? `${node.expression.getText()}.${node.name.text}` : '';
  if (text === 'Date.now' || text === 'Math.random') return text;
  const isDate = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'Date';
  return isDate && (node.arguments ?? []).length === 0 ? 'the clock (Date without arguments)' : 'none';
}

/** The journal's lock and `tidegate status` ask sockets in the state folder: by path, so that they reach no network. */
const ASKS_BY_PATH: readonly string[] = ['lib/journal/disk/lock.ts', 'lib/app/status/send-request.ts'];

/** Own handshakes run over a socket that somebody else has opened: these two are handed one, and name no place to dial. */
const GIVEN_A_SOCKET: ReadonlyMap<string, string> = new Map([
  ['lib/probe/certificate.ts', 'tls'],
  ['lib/probe/host-key.ts', 'ssh2'],
]);

/**
 * For clients only lib/proxy/upstream/connect.ts dials: what was judged and recorded, by number. The others dial what the
 * configuration names, or the proxy itself (`tidegate probe`, the doctor), and nothing that a client says reaches them as an
 * address.
 */
const DIALS: readonly string[] = [
  ...['lib/dns/exchange.ts', 'lib/dns/tcp.ts'],
  ...['lib/proxy/upstream/connect.ts', 'lib/outbox/receivers/http-post.ts', 'lib/outbox/receivers/frame-sender.ts'],
  'lib/cli/proxy-client/request-connect.ts',
];

/** Nothing dials but the files of {@link DIALS}. */
export const dialsInOnePlace: Check = (sources) =>
  sources.filter(({ path }) => !DIALS.includes(path)).flatMap((source) => [...dials(source)]);

function* dials(source: Source): Generator<Finding> {
  const remedy = 'dial through lib/proxy/upstream/connect.ts only';
  for (const { node, specifier, typesOnly } of importsOf(source)) {
    if (typesOnly || !NETWORK.has(withoutPrefix(specifier))) continue;
    const asks = ASKS_BY_PATH.includes(source.path) && connectsByPathOnly(source);
    const given = GIVEN_A_SOCKET.get(source.path) === withoutPrefix(specifier) && connectsOverASocketOnly(source);
    // ssh2 is loaded late and as a whole; what it would dial with is a `connect` as well.
    const dialled = (name: string): boolean => name === 'connect' || (given && name === '*' && specifier === 'ssh2');
    const names = valuesImported(node).filter((name) => !WAITS.has(name) && !((asks || given) && dialled(name)));
    if (names.length > 0) yield at(source, node, `imports ${names.join(', ')} of ${specifier}`, remedy);
  }
  for (const node of nodesOf(source)) {
    const called = ts.isCallExpression(node) || ts.isNewExpression(node) ? node.expression.getText() : '';
    if (called === 'fetch' || called === 'WebSocket') yield at(source, node, `calls ${called}`, remedy);
  }
}

function connectsByPathOnly(source: Source): boolean {
  return [...nodesOf(source)]
    .filter((node) => ts.isIdentifier(node) && node.text === 'connect' && !ts.isImportSpecifier(node.parent))
    .every(({ parent }) => ts.isCallExpression(parent) && /^connect\(\{ path(: [^,]+)? \}\)$/.test(parent.getText()));
}

function connectsOverASocketOnly(source: Source): boolean {
  return [...nodesOf(source)]
    .filter((node) => ts.isIdentifier(node) && node.text === 'connect' && !ts.isImportSpecifier(node.parent))
    .every((node) => {
      const callee = ts.isPropertyAccessExpression(node.parent) ? node.parent : node;
      const call = callee.parent;
      return ts.isCallExpression(call) && call.expression === callee && isGivenASocket(call.arguments);
    });
}

const PLACES = new Set(['host', 'hostname', 'port', 'path', 'lookup']);

function isGivenASocket([options, ...more]: readonly ts.Expression[]): boolean {
  if (options === undefined || more.length > 0 || !ts.isObjectLiteralExpression(options)) return false;
  // A spread has no name, and is not trusted: it may hold a place.
  const names = options.properties.map((property) => property.name?.getText() ?? '...');
  const given = names.includes('socket') || names.includes('sock');
  return given && !names.some((name) => PLACES.has(name) || !/^\w+$/.test(name));
}

/** What asks DNS: by its own room, which sends questions, and by Node's module, whose list of the system's servers is used. */
const ASKS_DNS = /^(node:)?dns(\/promises)?$/;
/** Who may use them: the look-up of admitted names, the question for the root, which holds no name, and hosts of the configuration. */
const MAY_ASK = /^lib\/(proxy\/upstream\/resolve(r-check)?|outbox\/host-lookup)\.ts$/;
const READS_SERVERS = 'lib/dns/server-list.ts';

/**
 * Only lib/proxy/upstream/resolve*.ts asks DNS for clients: for admitted names, once, and the question for the root, which holds
 * no name. lib/outbox/host-lookup.ts asks for hosts that the configuration names, and no client.
 */
export const resolvesInOnePlace: Check = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter(({ specifier, target, typesOnly }) => {
        if (typesOnly) return false;
        if (ASKS_DNS.test(specifier)) return source.path !== READS_SERVERS || !readsServersOnly(source);
        return roomOf(target) === 'dns' && roomOf(source.path) !== 'dns' && !MAY_ASK.test(source.path);
      })
      .map(({ node, specifier }) =>
        at(source, node, `imports ${specifier}`, 'resolve through lib/proxy/upstream/resolve.ts only'),
      ),
  );

/** Whether all that is used of Node's module is the list of the system's servers. */
function readsServersOnly(source: Source): boolean {
  return [...nodesOf(source)]
    .filter((node) => ts.isIdentifier(node) && node.text === 'Resolver' && !ts.isImportSpecifier(node.parent))
    .every(({ parent }) => parent.parent.parent.getText() === 'new Resolver().getServers()');
}

/** Only the command line reads the environment; every other room gets a frozen configuration. */
export const environmentInOnePlace: Check = (sources) =>
  sources
    .filter(({ path }) => roomOf(path).split('/')[0] !== 'cli')
    .flatMap((source) =>
      [...nodesOf(source)]
        .filter((node) => ts.isPropertyAccessExpression(node) && node.getText() === 'process.env')
        .map((node) => at(source, node, 'reads process.env', 'take it as an argument from the command line')),
    );

function isPure({ path }: Source): boolean {
  return ROOMS[roomOf(path)]?.pure === true;
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function withoutPrefix(specifier: string): string {
  return specifier.replace(/^node:/, '');
}

/** The names of values that an import brings in; `*` for a whole module. */
function valuesImported(node: ts.Node): string[] {
  const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
  if (clause?.namedBindings === undefined || !ts.isNamedImports(clause.namedBindings)) return ['*'];
  const names = clause.namedBindings.elements
    .filter((element) => !element.isTypeOnly)
    .map((element) => (element.propertyName ?? element.name).text);
  return clause.name === undefined ? names : ['*', ...names];
}

/** Whether a name stands for itself: not for a property, a parameter or a variable of that name that the file declares. */
function isFreeName(node: ts.Identifier): boolean {
  const { parent } = node;
  const isProperty =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isNamedTupleMember(parent) ||
    ts.isJSDoc(parent) ||
    (ts.isParameter(parent) && ts.isFunctionTypeNode(parent.parent));
  return !isProperty;
}
