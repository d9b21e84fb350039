import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { loadTransport } from '../../../lib/outbox/receivers/index.js';
import { folderOf } from '../../cli/command.js';
import { localLookup } from '../../fixtures/local-lookup.js';

const manifest = (name: string): string => JSON.stringify({ name, version: '1.0.0', main: 'index.cjs' });
const SOURCE = `
const { Writable } = require('node:stream');
class Mine extends Writable {
  constructor(options) { super({ objectMode: true }); this.given = options; }
  log(info, next) { next(); }
}
`;

test('winston’s own transports are known by name', async (t) => {
  const { path } = await folderOf(t);
  for (const [use, options] of [
    ['console', {}],
    ['http', { host: '127.0.0.1', port: 1 }],
  ] as const) {
    t.is((await loadTransport(use, options, path, localLookup)).kind, 'transport', use);
  }
});

test('a package beside the configuration is found, however it exports its class', async (t) => {
  const { path } = await folderOf(t, {
    'node_modules/alone/package.json': manifest('alone'),
    'node_modules/alone/index.cjs': `${SOURCE}module.exports = Mine;`,
    'node_modules/@corp/named/package.json': manifest('@corp/named'),
    'node_modules/@corp/named/index.cjs': `${SOURCE}exports.helper = () => 1; exports.Mine = Mine;`,
    'node_modules/default/package.json': manifest('default'),
    'node_modules/default/index.cjs': `${SOURCE}Object.defineProperty(exports, '__esModule', { value: true }); exports.default = Mine;`,
  });
  for (const use of ['alone', '@corp/named', 'default']) {
    const loaded = await loadTransport(use, { token: 'x' }, path, localLookup);
    t.like(loaded, { kind: 'transport', transport: { given: { token: 'x', handleExceptions: false } } }, use);
  }
});

test('what is not a transport, or throws, is a problem in words', async (t) => {
  const { path } = await folderOf(t, {
    'node_modules/empty/package.json': manifest('empty'),
    'node_modules/empty/index.cjs': 'exports.x = 1;',
    'node_modules/throwing/package.json': manifest('throwing'),
    'node_modules/throwing/index.cjs': "throw new Error('No licence.\\nmore');",
  });
  const detail = async (use: string, options = {}): Promise<string> => {
    const loaded = await loadTransport(use, options, path, localLookup);
    return loaded.kind === 'transport_problem' ? loaded.detail : 'loaded';
  };
  t.is(await detail('empty'), 'the package exports no winston transport');
  t.is(await detail('throwing'), 'no licence');
  t.is(await detail('absent'), "cannot find module 'absent'");
  t.is(await detail('file', { format: 'json' }), 'option "format" is not supported: lines are JSON');
  t.is(await detail('file'), 'option "filename" is required');
  t.regex(
    await detail('file', { filename: 'a.log', rotationFormat: 1 }),
    /^option "rotationFormat" is not supported: use /,
  );
  t.is(await detail('file', { filename: 'a.log', maxFiles: 0 }), 'option "maxFiles" is a number of files, 1 or more');
  t.regex(await detail('file', { filename: '.' }), /^EISDIR/i);
});

test('a file is taken from the folder of the configuration', async (t) => {
  const { path } = await folderOf(t);
  for (const options of [{ filename: 'logs/tidegate.log' }, { dirname: 'logs', filename: 'tidegate.log' }]) {
    const loaded = await loadTransport('file', options, path, localLookup);
    if (loaded.kind !== 'transport') return t.fail(loaded.detail);
    loaded.transport.destroy();
    t.true(existsSync(join(path, 'logs/tidegate.log')));
  }
});
