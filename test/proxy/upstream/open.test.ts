import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Compiles a few lines as if they stood in `lib/proxy/upstream`, under the project's own settings, and gives the error messages. */
function errorsOf(lines: string): readonly string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const name = join(root, 'lib', 'proxy', 'upstream', 'sample-under-test.ts');
  const host = ts.createCompilerHost(options);
  const real = { ...host };
  host.fileExists = (path) => path === name || real.fileExists(path);
  host.readFile = (path) => (path === name ? lines : real.readFile(path));
  host.getSourceFile = (path, ...rest) =>
    path === name ? ts.createSourceFile(path, lines, ts.ScriptTarget.ES2023) : real.getSourceFile(path, ...rest);
  const program = ts.createProgram(
    [name],
    { ...options, noEmit: true, incremental: false, noUnusedLocals: false },
    host,
  );
  const source = program.getSourceFile(name);
  const found = [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const HEAD = `
import { connect } from './connect.js';
import { open } from './open.js';
import type { DialOptions } from './connect.js';
import type { Opened } from './open.js';
import type { Admission, Clearance, Permit } from '../../policy/index.js';
import type { Receipt } from '../../journal/index.js';
declare const options: DialOptions;
declare const permitted: Permit;
declare const admission: Admission;
declare const receipt: Receipt;
`;

test('a dial with a recorded permit compiles', (t) => {
  t.deepEqual(errorsOf(`${HEAD}export const dialled = connect(open(permitted, receipt), options);`), []);
});

test('a dial cannot be written without a recorded permit', (t) => {
  const attempts: Readonly<Record<string, string>> = {
    'with a permit alone': 'connect(permitted, options);',
    'with an admission': 'connect(admission, options);',
    'with a hand-made object': "connect({ kind: 'opened', permit: permitted, receipt }, options);",
    'with a receipt that no journal gave': "connect(open(permitted, { kind: 'receipt', seq: 1, time: '' }), options);",
    'with a record that was not written':
      "connect(open(permitted, { kind: 'not_written', reason: 'full', detail: '' }), options);",
    'with an admission in place of a permit': 'connect(open(admission, receipt), options);',
  };
  for (const [how, line] of Object.entries(attempts)) {
    t.true(errorsOf(`${HEAD}export const dialled = ${line}`).length > 0, how);
  }
});

test('no token can be made outside the policy room', (t) => {
  const forgeries: Readonly<Record<string, string>> = {
    'an admission':
      "const forged: Admission = { kind: 'admission', attempt: admission.attempt, revision: '', ground: admission.ground };",
    'a permit from an admission':
      "const forged: Permit = { ...admission, kind: 'permit', addresses: permitted.addresses };",
    'a clearance from a permit': "const forged: Clearance = { ...permitted, kind: 'clearance' };",
    'an opened permit': "const forged: Opened = { kind: 'opened', permit: permitted, receipt };",
  };
  for (const [what, line] of Object.entries(forgeries)) t.true(errorsOf(HEAD + line).length > 0, what);
});
