import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { everyFileHasARoom, noCycle, noImportBehindADoor, noUpwardImport } from './house/imports.js';
import { fileNamesAreKebabCase, namedFilesExist, noVagueFunction, noVagueType } from './house/names.js';
import { dialsInOnePlace, environmentInOnePlace, pureRoomsArePure, resolvesInOnePlace } from './house/reach.js';
import { languageFindings } from './house/read-language.js';
import { ROOMS, type Room } from './house/rooms.js';
import {
  everyExportIsExplained,
  everyTestHasItsFile,
  noCast,
  noCrowdedRoom,
  noEmptyNames,
  noLongFile,
  noLongFunction,
  noSilencedCompiler,
} from './house/shape.js';
import { noCopiedTokens, stepsHaveTheirImporters } from './house/tokens.js';
import { format, parse, readSources, type Check, type Source } from './house/source.js';
import { tableProblems, withTable } from './house/table.js';
import { bannedWords, bareMessages, testTitles } from './house/words.js';

/** A project of a few files: path → text. */
type Sample = Readonly<Record<string, string>>;

/** A rule of the house: the check, samples that must fail it, and one that must not. */
interface Rule {
  readonly check: Check;
  readonly over: 'lib' | 'lib and test';
  readonly bad: readonly Sample[];
  readonly good: Sample;
}

const LONG = 'x;\n'.repeat(301);

const RULES: Readonly<Record<string, Rule>> = {
  'every file belongs to a room, and every room has a door': {
    check: everyFileHasARoom,
    over: 'lib',
    bad: [{ 'lib/stray.ts': '' }, { 'lib/unheard/index.ts': '' }, { 'lib/relay/relay.ts': '' }],
    good: { 'lib/relay/index.ts': '', 'lib/relay/relay.ts': '' },
  },
  'no room imports upward': {
    check: noUpwardImport,
    over: 'lib',
    bad: [
      { 'lib/address/a.ts': "import { admit } from '../policy/index.js';" },
      { 'lib/address/a.ts': "import type { Rule } from '../policy/index.js';" },
      { 'lib/address/a.ts': "export * from '../policy/index.js';" },
      { 'lib/address/a.ts': "const late = await import('../policy/index.js');" },
      { 'lib/address/a.ts': "type Rule = import('../policy/index.js').Rule;" },
      { 'lib/protocol/http/a.ts': "import { admit } from '../../policy/index.js';" },
      { 'lib/proxy/a.ts': "import { openJournal } from '../journal/index.js';" },
      { 'lib/proxy/a.ts': "import { type Entry, openJournal } from '../journal/index.js';" },
    ],
    good: {
      'lib/audit/a.ts': "import { isUnder } from '../address/index.js'; import { b } from './b.js';",
      'lib/proxy/a.ts':
        "import type { Entry } from '../journal/index.js'; import { type Receipt } from '../journal/index.js';",
    },
  },
  'no import goes behind a door': {
    check: noImportBehindADoor,
    over: 'lib',
    bad: [
      { 'lib/policy/a.ts': "import { isUnder } from '../address/name.js';" },
      { 'lib/address/a.ts': "import { isUnder } from './index.js';" },
    ],
    good: { 'lib/policy/a.ts': "import { isUnder } from '../address/index.js';" },
  },
  'no import goes round in a circle': {
    check: noCycle,
    over: 'lib',
    bad: [
      { 'lib/relay/a.ts': "import './b.js';", 'lib/relay/b.ts': "import type { A } from './a.js';" },
      {
        'lib/relay/a.ts': "import './b.js';",
        'lib/relay/b.ts': "import './c.js';",
        'lib/relay/c.ts': "import './a.js';",
      },
      { 'lib/relay/a.ts': "import './a.js';" },
    ],
    good: {
      'lib/relay/a.ts': "import './b.js'; import './c.js';",
      'lib/relay/b.ts': "import './c.js';",
      'lib/relay/c.ts': '',
    },
  },
  'a pure room knows no I/O, clock or chance': {
    check: pureRoomsArePure,
    over: 'lib',
    bad: [
      { 'lib/policy/a.ts': "import { readFileSync } from 'node:fs';" },
      { 'lib/policy/a.ts': "import { readFileSync } from 'fs';" },
      { 'lib/policy/a.ts': 'const now = Date.now();' },
      { 'lib/policy/a.ts': 'const now = new Date();' },
      { 'lib/policy/a.ts': 'const now = Date();' },
      { 'lib/policy/a.ts': 'const chance = Math.random();' },
      { 'lib/policy/a.ts': 'setTimeout(() => undefined, 1);' },
      { 'lib/policy/a.ts': 'const start = performance.now();' },
      { 'lib/policy/a.ts': 'const { pid } = process;' },
      { 'lib/policy/a.ts': 'const id = crypto.randomUUID();' },
    ],
    good: {
      'lib/policy/a.ts': 'const day = new Date(0).process; interface A { process: string; performance(): void }',
      'lib/journal/a.ts': "import { open } from 'node:fs'; const now = Date.now();",
    },
  },
  'one file dials for clients': {
    check: dialsInOnePlace,
    over: 'lib',
    bad: [
      { 'lib/proxy/a.ts': "import { connect } from 'node:net';" },
      { 'lib/proxy/a.ts': "import { createConnection as dial } from 'net';" },
      { 'lib/proxy/a.ts': "import { Socket } from 'node:net';" },
      { 'lib/proxy/a.ts': "import net from 'node:net';" },
      { 'lib/proxy/a.ts': "import * as tls from 'node:tls';" },
      { 'lib/proxy/a.ts': "const net = await import('node:net');" },
      { 'lib/proxy/a.ts': "await fetch('http://example.com');" },
      { 'lib/review/a.ts': "import { request } from 'node:https';" },
      { 'lib/journal/disk/lock.ts': "import { connect } from 'node:net'; connect({ path, port: 80 });" },
      { 'lib/journal/disk/lock.ts': "import { connect } from 'node:net'; connect(path);" },
      { 'lib/journal/disk/lock.ts': "import { connect } from 'node:net'; const dial = connect;" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect({ socket, port: 80 });" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect({ socket, 'host': name });" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect({ ...options, socket });" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect({ servername });" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect(443, { socket });" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:tls'; const dial = connect;" },
      { 'lib/probe/certificate.ts': "import { connect } from 'node:net'; connect({ socket });" },
      { 'lib/probe/cache.ts': "import { connect } from 'node:tls'; connect({ socket });" },
      { 'lib/probe/host-key.ts': "const { Client } = await import('ssh2'); new Client().connect({ port: 22 });" },
      { 'lib/proxy/a.ts': "const { Client } = await import('ssh2');" },
      { 'lib/proxy/a.ts': "import { Client } from 'ssh2';" },
    ],
    good: {
      'lib/journal/disk/lock.ts': "import { connect, createServer } from 'node:net'; connect({ path });",
      'lib/proxy/upstream/connect.ts': "import { connect } from 'node:net';",
      'lib/outbox/receivers/http-post.ts': "import { request } from 'node:https';",
      'lib/probe/certificate.ts': "import { connect } from 'node:tls'; connect({ socket, servername: name });",
      'lib/probe/host-key.ts': "import('ssh2').then(({ Client }) => new Client().connect({ sock: socket }));",
      'lib/proxy/a.ts': "import { createServer, type Socket } from 'node:net'; import type { Server } from 'node:tls';",
    },
  },
  'one file asks DNS': {
    check: resolvesInOnePlace,
    over: 'lib',
    bad: [
      { 'lib/proxy/a.ts': "import { lookup } from 'node:dns';" },
      { 'lib/cli/a.ts': "import dns from 'dns/promises';" },
      { 'lib/proxy/upstream/resolve.ts': "import { Resolver } from 'node:dns';" },
      { 'lib/dns/server-list.ts': "import { Resolver } from 'node:dns'; new Resolver().resolve4(name);" },
      { 'lib/dns/server-list.ts': "import { Resolver } from 'node:dns'; const dns = new Resolver();" },
      { 'lib/proxy/a.ts': "import { DnsClient } from '../dns/index.js';" },
      { 'lib/cli/a.ts': "import { askServer } from '../dns/exchange.js';" },
      { 'lib/outbox/receivers/a.ts': "import { DnsClient } from '../../dns/index.js';" },
    ],
    good: {
      'lib/proxy/upstream/resolve.ts': "import { DnsClient } from '../../dns/index.js';",
      'lib/outbox/host-lookup.ts': "import { DnsClient } from '../dns/index.js';",
      'lib/proxy/upstream/families.ts': "import type { AskResult } from '../../dns/index.js';",
      'lib/dns/server-list.ts': "import { Resolver } from 'node:dns'; new Resolver().getServers();",
    },
  },
  'only the command line reads the environment': {
    check: environmentInOnePlace,
    over: 'lib',
    bad: [
      { 'lib/config/a.ts': "const port = process.env['PORT'];" },
      { 'lib/journal/a.ts': 'const { HOME } = process.env;' },
    ],
    good: { 'lib/cli/a.ts': 'const { HOME } = process.env;' },
  },
  'no file is over 300 lines': {
    check: noLongFile,
    over: 'lib',
    bad: [{ 'lib/relay/a.ts': LONG }],
    good: { 'lib/relay/a.ts': LONG.slice(3) },
  },
  'no function is over 60 lines': {
    check: noLongFunction,
    over: 'lib',
    bad: [
      { 'lib/relay/a.ts': `function a() {\n${'x;\n'.repeat(59)}}` },
      { 'lib/relay/a.ts': `const a = () => {\n${'x;\n'.repeat(59)}};` },
      { 'lib/relay/a.ts': `class A {\n  b() {\n${'x;\n'.repeat(59)}}}` },
    ],
    good: { 'lib/relay/a.ts': `/** Long\n${'*\n'.repeat(60)} */ function a() {\n${'x;\n'.repeat(58)}}` },
  },
  'the dial, the relay and the makers of their tokens have no importers but the named ones': {
    check: stepsHaveTheirImporters,
    over: 'lib',
    bad: [
      { 'lib/proxy/reply.ts': "import { connect } from './upstream/index.js';" },
      { 'lib/proxy/reply.ts': "import { connect as dial } from './upstream/connect.js';" },
      { 'lib/proxy/reply.ts': "import * as relays from '../relay/index.js';" },
      { 'lib/proxy/index.ts': "export { connect } from './upstream/index.js';" },
      { 'lib/proxy/index.ts': "export * from '../relay/index.js';" },
      { 'lib/proxy/reply.ts': "const { portableRelay } = await import('../relay/index.js');" },
      { 'lib/proxy/journey.ts': "import { portableRelay } from '../relay/index.js';" },
      { 'lib/proxy/journey.ts': "import { recordDecision } from './decision/index.js';" },
      { 'lib/proxy/proxy.ts': "import { createOperatorResolver } from './upstream/index.js';" },
    ],
    good: {
      'lib/proxy/reach.ts': "import { connect } from './upstream/index.js';",
      'lib/app/parts/proxy-part.ts': "import { portableRelay } from '../../relay/index.js';",
      'lib/proxy/reply.ts':
        "import type { connect } from './upstream/index.js'; import { ignore } from '../relay/index.js';",
    },
  },
  'no token is copied': {
    check: noCopiedTokens,
    over: 'lib',
    bad: [
      { 'lib/proxy/a.ts': 'const b = Object.assign({}, permit, { addresses });' },
      { 'lib/relay/a.ts': 'const b = Object.create(clearance);' },
    ],
    good: { 'lib/proxy/a.ts': 'const b = { ...permit };', 'lib/audit/a.ts': 'Object.assign(made, members);' },
  },
  'no room is crowded': {
    check: noCrowdedRoom,
    over: 'lib',
    bad: [Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`lib/relay/${index}.ts`, '']))],
    good: { 'lib/relay/index.ts': '' },
  },
  'nothing silences the compiler': {
    check: noSilencedCompiler,
    over: 'lib and test',
    bad: [{ 'lib/relay/a.ts': 'let a: any;' }, { 'lib/relay/a.ts': 'const a = b!;' }, { 'test/a.ts': 'f<any>();' }],
    good: { 'lib/relay/a.ts': 'const a = !b; const any = 1; let c: unknown;' },
  },
  'no type is asserted but where a brand is minted': {
    check: noCast,
    over: 'lib',
    bad: [{ 'lib/relay/a.ts': 'const a = b as string;' }, { 'lib/relay/a.ts': 'const a = <string>b;' }],
    good: { 'lib/relay/a.ts': 'const a = [1] as const; const b = c as unknown;', 'lib/address/types.ts': 'a as Port;' },
  },
  'nothing is named after nothing in particular': {
    check: noEmptyNames,
    over: 'lib and test',
    bad: [
      { 'lib/relay/utils.ts': '' },
      { 'test/helpers/a.ts': '' },
      { 'lib/relay/a.ts': 'class SocketManager {}' },
      { 'lib/relay/a.ts': 'function commonParts() {}' },
      { 'lib/relay/a.ts': 'const sslHelper = 1;' },
    ],
    good: { 'lib/relay/a.ts': 'const relay = 1; class Passage {}' },
  },
  'files are named in kebab-case': {
    check: fileNamesAreKebabCase,
    over: 'lib and test',
    bad: [{ 'lib/relay/raw_lines.ts': '' }, { 'lib/relay/rawLines.ts': '' }, { 'test/relay/a-.test.ts': '' }],
    good: { 'lib/relay/raw-lines.ts': '', 'test/relay/raw-lines.test.ts': '' },
  },
  'a file that a comment names exists': {
    check: namedFilesExist,
    over: 'lib and test',
    bad: [{ 'lib/relay/a.ts': '/** Start at `b.ts`. */' }, { 'lib/relay/a.ts': '/** Start at `users/b.ts`. */' }],
    good: {
      'lib/relay/a.ts': '/** `b.ts`, `users/a.ts`, `lib/users/a.ts` and `test/a.ts` */',
      'lib/relay/b.ts': '',
      'lib/users/a.ts': '',
      'test/a.ts': '',
    },
  },
  'no type name is declared in more than two rooms': {
    check: noVagueType,
    over: 'lib',
    bad: [
      {
        'lib/relay/a.ts': 'interface Place {}',
        'lib/users/a.ts': 'export type Place = 1;',
        'lib/policy/a.ts': 'class Place {}',
      },
    ],
    good: { 'lib/relay/a.ts': 'type A = 1;', 'lib/relay/b.ts': 'type A = 2;', 'lib/users/a.ts': 'type A = 3;' },
  },
  'no exported function is declared in more than two rooms': {
    check: noVagueFunction,
    over: 'lib',
    bad: [
      {
        'lib/relay/a.ts': 'export function ask() {}',
        'lib/users/a.ts': 'export function ask() {}',
        'lib/policy/a.ts': 'export async function ask() {}',
      },
    ],
    good: {
      'lib/relay/a.ts': 'export function ask() {}',
      'lib/users/a.ts': 'export function ask() {}',
      'lib/policy/a.ts': 'function ask() {}',
    },
  },
  'no message ends before it says why': {
    check: bareMessages,
    over: 'lib',
    bad: [
      { 'lib/relay/a.ts': "const a = 'the file cannot be used';" },
      { 'lib/relay/a.ts': 'const a = `"${b}" is invalid`;' },
    ],
    good: { 'lib/relay/a.ts': "const a = 'the file cannot be used: it is empty';" },
  },
  'every export is explained': {
    check: everyExportIsExplained,
    over: 'lib',
    bad: [
      { 'lib/relay/a.ts': 'export const a = 1;' },
      { 'lib/relay/a.ts': '// not a doc comment\nexport function a() {}' },
      { 'lib/relay/a.ts': '/** A. */\nexport type A = 1;\nexport interface B {}' },
      { 'lib/relay/index.ts': "export { relay } from './relay.js';" },
    ],
    good: {
      'lib/relay/a.ts': '/** A. */\nexport const a = 1; const b = 2;',
      'lib/relay/index.ts': "/** Two sockets. */\nexport { relay } from './relay.js';",
    },
  },
  "a test beside a room's name tests a file of that room": {
    check: everyTestHasItsFile,
    over: 'lib and test',
    bad: [{ 'test/relay/realy.test.ts': '', 'lib/relay/relay.ts': '' }],
    good: {
      'test/relay/relay.test.ts': '',
      'lib/relay/relay.ts': '',
      'test/strictness/a.test.ts': '',
      'test/relay/world.ts': '',
    },
  },
};

const project = fileURLToPath(new URL('../../', import.meta.url));
const lib = readSources(project, 'lib');
const all = [...lib, ...readSources(project, 'test')];

function sourcesOf(sample: Sample): Source[] {
  return Object.entries(sample).map(([path, text]) => parse(path, text));
}

for (const [name, { check, over, bad, good }] of Object.entries(RULES)) {
  test(`the house: ${name}`, (t) => {
    const findings = check(over === 'lib' ? lib : all).map(format);
    for (const finding of findings) t.log(finding);
    t.is(findings.length, 0);
  });

  test(`the check can fail: ${name}`, (t) => {
    for (const sample of bad) t.is(check(sourcesOf(sample)).length, 1, JSON.stringify(sample));
    t.deepEqual(check(sourcesOf(good)).map(format), []);
  });
}

const room: Room = { floor: 1, is: 'a sample', pure: true, imports: [], types: [], files: 1 };

test('the table of rooms: imports go to lower floors, or to named rooms of the same floor without a cycle', (t) => {
  for (const problem of tableProblems(ROOMS)) t.log(problem);
  t.is(tableProblems(ROOMS).length, 0);
  t.is(tableProblems({ a: { ...room, imports: ['b'] }, b: { ...room, floor: 2 } }).length, 1);
  t.is(tableProblems({ a: { ...room, types: ['b'] }, b: { ...room, floor: 2 } }).length, 1);
  t.is(tableProblems({ a: { ...room, imports: ['b'] } }).length, 1);
  t.is(tableProblems({ a: room, 'a/b': { ...room, floor: 2 } }).length, 1);
  t.is(tableProblems({ a: { ...room, imports: ['b'] }, b: { ...room, imports: ['a'] } }).length, 2);
  t.is(tableProblems({ a: { ...room, imports: ['b'] }, b: room }).length, 0);
});

test('the table of rooms in docs/architecture.md is the one of test/house/rooms.ts', (t) => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  t.true(page === withTable(page, ROOMS), 'the table is stale: run `npm run docs:rooms`');
  t.is(withTable('no table here', ROOMS), 'no markers');
});

test('the language of the house: plain words in sources, docs and titles of tests', (t) => {
  const findings = languageFindings(project);
  for (const finding of findings) t.log(format(finding));
  t.is(findings.length, 0);
});

test('the check can fail: plain words', (t) => {
  const foundIn = (text: string): string[] =>
    bannedWords([{ path: 'lib/relay/a.ts', text }]).map(({ line, problem }) => `${line} ${problem}`);
  t.deepEqual(foundIn('// Nobody\nconst tellAgain = 1;'), ['1 says "Nobody"', '2 says "tell"']);
  t.deepEqual(foundIn('/**\n * A thing of its\n * own.\n */'), ['2 says "of its * own"']);
  t.deepEqual(foundIn("'--since is no time'"), ['1 says "is no"']);
  t.deepEqual(foundIn('told_twice is_told'), ['1 says "told"', '1 says "told"']);
  t.deepEqual(foundIn('a round trip, due to what tells one host from another: there is no file; bearer, retold'), []);
  t.is(bannedWords([{ path: 'lib/relay/tell-again.ts', text: '' }]).length, 1);
  const titles = testTitles(
    parse('test/a.test.ts', "test('one', (t) => {});\ntest.serial(`nobody ${1}`, (t) => 'told');"),
  );
  t.is(titles.text.trim(), "'one'\n `nobody ${1}`");
  t.is(bannedWords([titles]).length, 1);
});
