import test from 'ava';
import { checkFiles, checkNode } from '../../../../lib/cli/doctor/checks/index.js';
import { readConfig } from '../../../../lib/config/index.js';

const MADE_FOR = '^20.19 || ^22.20 || >=24.12';

function nodeOf(version: string, options = '', env: Readonly<Record<string, string>> = {}): readonly string[] {
  const facts = { version, madeFor: MADE_FOR, arguments: [], env: { NODE_OPTIONS: options, ...env } };
  return checkNode(facts).map(({ state, words }) => `${state} ${words}`);
}

test('Node must be one that tidegate is made for', (t) => {
  for (const good of ['v20.19.0', 'v20.20.2', 'v22.20.1', 'v24.12.0', 'v26.0.0'])
    t.deepEqual(nodeOf(good), [`ok Node ${good}`]);
  for (const bad of ['v18.20.0', 'v20.18.3', 'v21.7.0', 'v22.19.9', 'v24.11.0'])
    t.regex(nodeOf(bad)[0] ?? '', /^problem Node v/);
});

test('flags and variables that make Node unsafe, or not only ours, are reported', (t) => {
  t.regex(
    nodeOf('v24.12.0', '--inspect').join('\n'),
    /problem unsafe flag of Node, with which tidegate does not start: --inspect/,
  );
  t.regex(nodeOf('v24.12.0', '--require ./agent.js').join('\n'), /warning Node loads code of others: --require/);
  t.regex(
    nodeOf('v24.12.0', '', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }).join('\n'),
    /problem NODE_TLS_REJECT_UNAUTHORIZED/,
  );
});

test('more connections than open files allow are a warning', async (t) => {
  const sources = {
    flags: new Map(),
    file: 'default',
    env: {},
    systemFile: '/nowhere/tidegate.yaml',
    folder: '/',
    ownPolicies: '/',
    openFiles: 20_000,
  } as const;
  const read = await readConfig(sources);
  if (read.kind === 'problems') return t.fail();
  const around = { config: read.config, status: { kind: 'not_running' }, now: new Date() } as const;
  t.is(checkFiles(around, () => 20_000).state, 'ok');
  t.is(checkFiles(around, () => 1_024).state, 'warning');
  t.is(checkFiles(around, () => 'unknown').state, 'skipped');
});
