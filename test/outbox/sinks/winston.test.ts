import { readFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import type { SinkParts } from '../../../lib/outbox/sinks/index.js';
import type { WinstonTarget } from '../../../lib/outbox/sinks/winston.js';
import { loadTransport } from '../../../lib/outbox/receivers/index.js';
import { makeFolder, type Folder } from '../../fixtures/folder.js';
import { until } from '../../fixtures/waiting.js';
import { recordsOf, trail } from '../feed-fixture.js';
import { type Came, httpReceiver, recordIn, ship, survivesKills, withoutRepeats } from '../receiver-fixture.js';
import { localLookup } from '../../fixtures/local-lookup.js';

async function folder(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const made = await makeFolder(files);
  t.teardown(made.remove);
  return made;
}

function loading(transport: string, options: WinstonTarget['options'], path: string): Pick<SinkParts, 'loadTransport'> {
  return {
    loadTransport: async () => {
      const loaded = await loadTransport(transport, options, path, localLookup);
      if (loaded.kind === 'transport') return loaded.transport;
      throw new Error(loaded.detail);
    },
  };
}

test('winston’s HTTP transport feeds a server that is killed and restarted in mid stream, and it misses nothing', async (t) => {
  const journal = await trail(t);
  const came: Came[] = [];
  const server = await httpReceiver(t, (_request, body, response) => {
    const { message, id } = JSON.parse(body.toString()) as { message: string; id: string };
    t.is(recordIn(message).id, id);
    came.push(recordIn(message));
    response.end();
  });
  const { path } = await folder(t);
  const options = { host: '127.0.0.1', port: server.port };
  ship(t, journal, { use: 'winston', transport: 'http', options, confirm: 'logged' }, loading('http', options, path));
  await survivesKills(t, journal, () => came, server);
});

test('winston’s file transport gets every record, one a line', async (t) => {
  const journal = await trail(t);
  await journal.append(100);
  const { path } = await folder(t);
  const options = { filename: 'audit.log' };
  ship(t, journal, { use: 'winston', transport: 'file', options, confirm: 'logged' }, loading('file', options, path));
  const stored = async (): Promise<readonly Came[]> =>
    (await readFile(`${path}/audit.log`, 'utf8').catch(() => '')).split('\n').slice(0, -1).map(recordIn);
  await until(
    async () => (await stored()).length >= journal.durable(),
    () => 'not all there',
  );
  t.deepEqual(withoutRepeats(await stored()), await recordsOf(journal));
});

const FLAKY = `
const { Writable } = require('node:stream');
const { appendFileSync } = require('node:fs');
let taken = 0;
module.exports = class Flaky extends Writable {
  constructor(options) { super({ objectMode: true }); this.path = options.path; }
  log(info, next) { appendFileSync(this.path, info[Symbol.for('message')] + '\\n'); next(); }
  _write(info, encoding, next) {
    taken += 1;
    if (taken % 50 === 0) return next(new Error('lost the connection'));
    if (taken % 70 === 0) throw new Error('a bug of its own');
    if (taken % 90 === 0) setImmediate(() => this.emit('error', new Error('later')));
    this.log(info, next);
  }
};
`;

test('a package’s transport that fails, throws and breaks in between still gets every record, in order', async (t) => {
  const journal = await trail(t);
  await journal.append(300);
  const { path } = await folder(t, {
    'node_modules/flaky/package.json': '{"name":"flaky","version":"1.0.0","main":"index.cjs"}',
    'node_modules/flaky/index.cjs': FLAKY,
  });
  const options = { path: `${path}/stored` };
  ship(
    t,
    journal,
    { use: 'winston', transport: 'flaky', options, confirm: 'callback' },
    loading('flaky', options, path),
  );
  const stored = async (): Promise<readonly Came[]> =>
    (await readFile(options.path, 'utf8').catch(() => '')).split('\n').slice(0, -1).map(recordIn);
  await until(
    async () => withoutRepeats(await stored()).length >= journal.durable(),
    () => 'not all there',
  );
  t.deepEqual(withoutRepeats(await stored()), await recordsOf(journal));
});

test('a transport that never answers is given up after the time-out, and another one is made', async (t) => {
  const journal = await trail(t);
  const { path } = await folder(t, {
    'node_modules/silent/package.json': '{"name":"silent","version":"1.0.0","main":"index.cjs"}',
    'node_modules/silent/index.cjs': `
      const { Writable } = require('node:stream');
      module.exports = class Silent extends Writable {
        constructor() { super({ objectMode: true }); }
        log() {}
        _write() {}
      };`,
  });
  let loaded = 0;
  const { loadTransport: load } = loading('silent', {}, path);
  const counting: Partial<SinkParts> = { timeoutMs: 20, loadTransport: () => ((loaded += 1), load()) };
  const shipping = ship(
    t,
    journal,
    { use: 'winston', transport: 'silent', options: {}, confirm: 'callback' },
    counting,
  );
  await until(
    () => loaded > 2,
    () => 'no other one was made',
  );
  t.is(shipping.status()[0]?.error, 'no confirmation within 20 ms');
});
