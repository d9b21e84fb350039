import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { admit, permit } from '../../lib/policy/index.js';
import { permitOf } from '../../lib/proxy/decision/index.js';
import { createResolver } from '../../lib/proxy/upstream/index.js';
import { openAttempt } from '../proxy/opened-attempt.js';
import { OPEN_POLICY, startRig } from '../proxy/rig.js';
import { recordableNow } from '../proxy/tokens.js';
import { connect, ip, noMachine, noon, policies } from '../policy/samples.js';

const root = join(import.meta.dirname, '..', '..', '..');

/** What every sample can use: each token once, as if an earlier step had given it, and a receipt of another record. */
const HEAD = `
import type { Socket } from 'node:net';
import type { Journal, Receipt } from '../journal/index.js';
import { type Admission, type Clearance, type Permit, type Proceeding, clear } from '../policy/index.js';
import { type Opened, type Recordable, recordDecision, recordable } from './decision/index.js';
import { type DialOptions, type NameResolver, connect } from './upstream/index.js';
import type { EarlyBytes, Relay, RelayLimits } from '../relay/index.js';
declare const admission: Admission, permitted: Permit, other: Permit, proceeding: Proceeding, clearance: Clearance;
declare const recordableNow: Recordable, opened: Opened, receipt: Receipt, journal: Journal;
declare const resolver: NameResolver, dialling: DialOptions;
declare const client: Socket, upstream: Socket, early: EarlyBytes, limits: RelayLimits, relay: Relay;
`;

/** The order that the laws want, written in full. */
const RIGHT = `
export async function journey(): Promise<void> {
  const ready = recordable(journal);
  if (ready.kind !== 'recordable') return;
  await resolver.resolve(admission, ready);
  const recorded = await recordDecision(permitted, 'not_reached', journal);
  if (recorded.kind !== 'opened') return;
  const reached = await connect(recorded, dialling);
  if (reached.kind === 'refusal') return;
  const cleared = clear(permitted, reached.address, { protocol: 'not_checked' }, new Date());
  if (cleared.kind === 'clearance') relay.start(cleared, client, reached.socket, early, limits);
}
`;

/** Each line is a way round a law. */
const WRONG: readonly string[] = [
  // The dial on another record's receipt, and on no record.
  'export const a1 = connect({ kind: "opened", permit: permitted, receipt }, dialling);',
  'export const a2 = connect({ ...opened, permit: other }, dialling);',
  'export const a3 = connect(permitted, dialling);',
  'export const a4 = connect(admission, dialling);',
  'export const a5 = connect(receipt, dialling);',
  'export const a6 = recordDecision(permitted, "not_reached", journal).then((o) => connect(o, dialling));',
  'export const a7 = recordDecision(admission, "not_reached", journal);',
  // The relay without a clearance.
  'export const b1 = relay.start(client, upstream, early, limits);',
  'export const b2 = relay.start(permitted, client, upstream, early, limits);',
  'export const b3 = relay.start(opened, client, upstream, early, limits);',
  'export const b4 = relay.start(proceeding, client, upstream, early, limits);',
  'export const b5 = relay.start({ ...clearance, attempt: other.attempt }, client, upstream, early, limits);',
  // The look-up without an admission, or without a journal that takes records.
  'export const c1 = resolver.resolve(admission);',
  'export const c2 = resolver.resolve(admission, { kind: "recordable" });',
  'export const c3 = resolver.resolve(permitted, recordableNow);',
  'export const c4 = resolver.resolve(admission, recordable(journal));',
  'export const c5 = resolver.resolve(admission, journal);',
  // Tokens by hand: an object literal, and a copy of a real one with a part changed.
  'export const d1: Recordable = { kind: "recordable" };',
  'export const d2: Recordable = { ...recordableNow };',
  'export const d3: Opened = { kind: "opened" };',
  'export const d4: Opened = { ...opened };',
  'export const d5: Admission = { kind: "admission", attempt: admission.attempt, revision: "", ground: admission.ground };',
  'export const d6: Admission = { ...admission, attempt: other.attempt };',
  'export const d7: Permit = { ...admission, kind: "permit", addresses: other.addresses, dropped: [] };',
  'export const d8: Permit = { ...permitted, addresses: other.addresses };',
  'export const d9: Proceeding = { ...proceeding };',
  'export const e1: Clearance = { ...permitted, kind: "clearance" };',
  'export const e2: Clearance = { ...clearance };',
  'export const e3: Receipt = { kind: "receipt", seq: 1, time: "" };',
];

/** The lines with errors of a sample that stands in `lib/proxy`, by the project's own settings. */
function linesWithErrors(text: string): readonly number[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const settings = ts.parseJsonConfigFileContent(config.config, ts.sys, root).options;
  const options = { ...settings, noEmit: true, incremental: false, noUnusedLocals: false };
  const name = join(root, 'lib', 'proxy', 'sample-under-test.ts');
  const real = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    fileExists: (path) => path === name || real.fileExists(path),
    readFile: (path) => (path === name ? text : real.readFile(path)),
    getSourceFile: (path, ...rest) =>
      path === name ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023) : real.getSourceFile(path, ...rest),
  };
  const program = ts.createProgram([name], options, host);
  const source = program.getSourceFile(name);
  const found = [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)];
  const lines = found.map(({ start = 0 }) => source?.getLineAndCharacterOfPosition(start).line ?? -1);
  return [...new Set(lines)].sort((a, b) => a - b);
}

test('the journey in its order compiles, and every way round a law fails at its line', (t) => {
  const before = `${HEAD}${RIGHT}`;
  const first = before.split('\n').length - 1;
  const wrong = new Set(linesWithErrors(before + WRONG.join('\n')));
  t.deepEqual(
    [...wrong].filter((line) => line < first),
    [],
    'the right order compiles',
  );
  const accepted = WRONG.filter((_, index) => !wrong.has(first + index));
  t.deepEqual(accepted, []);
});

test('what only looks like a token is refused where it is used, whatever the types say', async (t) => {
  const rig = await startRig();
  t.teardown(rig.end);
  const { opened } = await openAttempt(rig, OPEN_POLICY, 'a.test:443', '127.0.0.1');
  t.is(permitOf(opened).kind, 'permit');
  t.throws(() => permitOf(Object.assign({}, opened, { permit: permitOf(opened) })));
  const admission = admit(policies({ allow: [{ to: ['a.example'] }] }), connect('a.example:443'), noon);
  if (admission.kind === 'denied') throw new Error(admission.reason);
  t.throws(() => permit(Object.assign({}, admission), [ip('192.0.2.1')], noMachine));
  const resolver = createResolver({ servers: ['127.0.0.1:9'], cacheEntries: 0, hosts: new Map() }, 1);
  t.throws(() => resolver.resolve(admission, Object.assign({}, recordableNow())));
});
