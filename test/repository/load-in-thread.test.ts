import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readFolder } from '../../lib/repository/folder.js';
import { loadInThread } from '../../lib/repository/load-in-thread.js';
import type { NotLoaded } from '../../lib/repository/loading.js';

const TODAY = '2026-11-23';

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-handover-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const small = { 'a.yaml': 'policy: a\nallow:\n  - {id: a, to: [a.example.com, 10.0.0.0/8], protocol: tls}\n' };

/** A loading thread that does something else. */
function thread(script: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}

type Bounds = Parameters<typeof loadInThread>[3];

async function load(path: string, bounds: Bounds = {}): ReturnType<typeof loadInThread> {
  const { reading } = await readFolder(path);
  if (reading.kind === 'failed') throw new Error(reading.problem.message);
  return loadInThread(reading, TODAY, path, bounds);
}

async function refused(script: string, timeoutMs = 60_000, memoryMb = 512): Promise<NotLoaded> {
  const loaded = await load(folder(small), { thread: thread(script), timeoutMs, memoryMb });
  if (loaded.kind === 'loaded') throw new Error('loaded');
  return loaded;
}

const messageOf = ({ problems }: NotLoaded): string =>
  problems.map(({ code, message }) => `${code}: ${message}`).join('; ');

test('a set loaded in a thread is the set that was read, with its warnings and cases', async (t) => {
  const loaded = await load(folder({ ...small, 'a.test.yaml': "- {connect: '10.1.1.1:443', expect: allow}\n" }));
  if (loaded.kind === 'not_loaded') return t.fail(messageOf(loaded));
  t.like(loaded, { cases: 1, warnings: [] });
  t.is(loaded.set.revision, loaded.revision);
  t.deepEqual(loaded.set.policies, [{ name: 'a', file: 'a.yaml', mode: 'enforce', rules: 1, denies: 0 }]);
});

test('problems cross the threads as they are', async (t) => {
  const loaded = await load(folder({ 'a.yaml': 'policy: a\nallow: []\n' }));
  if (loaded.kind === 'loaded') return t.fail();
  t.like(loaded.problems[0], {
    file: 'a.yaml',
    code: 'empty_list',
    position: { line: 2, column: 8, excerpt: 'allow: []' },
  });
});

test('a thread that throws, exits or never ends is a refusal (law 1)', async (t) => {
  t.is(messageOf(await refused('throw new Error("out of paper")')), 'load_failed: loading failed: out of paper');
  t.is(
    messageOf(await refused('process.exit(3)')),
    'load_failed: loading failed: the loading thread ended with code 3',
  );
  t.is(messageOf(await refused('for (;;);', 300)), 'load_failed: loading failed: not done after 0.3 s');
  t.is(messageOf(await refused('')), 'load_failed: loading failed: the loading thread ended without a report');
});

test('a thread that runs out of memory is a refusal, not the end of the process', async (t) => {
  t.regex(
    messageOf(await refused('const a = []; for (;;) a.push(new Array(1e5).fill(a.length));', 60_000, 32)),
    /load_failed: loading failed: .*memory/i,
  );
});

test('a thread that hands over less than it reported is a refusal (law 1)', async (t) => {
  const report = `{kind: 'loaded', revision: 'r', warnings: [], cases: 0, rules: 5}`;
  const table = `{first: new Uint32Array(), last: new Uint32Array(), parent: new Int32Array(), ownersFrom: new Uint32Array(1), owners: new Uint32Array()}`;
  const script = `import { workerData } from 'node:worker_threads';
    workerData.port.postMessage(${report});
    workerData.port.postMessage({kind: 'start', revision: 'r', ranges: {ipV4: ${table}, ipV6: ${table}}});
    workerData.port.close();`;
  t.is(
    messageOf(await refused(script)),
    'load_failed: loading failed: the loading thread handed over another set than it reported',
  );
});

test.serial('slices come over one a turn of the event loop, so that others can work in between', async (t) => {
  const table = `{first: new Uint32Array(), last: new Uint32Array(), parent: new Int32Array(), ownersFrom: new Uint32Array(1), owners: new Uint32Array()}`;
  const script = `import { workerData } from 'node:worker_threads';
    workerData.port.postMessage({kind: 'loaded', revision: 'r', warnings: [], cases: 0, rules: 0});
    workerData.port.postMessage({kind: 'start', revision: 'r', ranges: {ipV4: ${table}, ipV6: ${table}}});
    for (let n = 0; n < 50; n += 1) workerData.port.postMessage({kind: 'lists', rows: ['10.0.0.0/8']});
    workerData.port.close();`;
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  // When the thread has ended, all of it waits on the port.
  process.once('worker', (worker) => worker.once('exit', count));
  const loaded = await load(folder(small), { thread: thread(script), timeoutMs: 60_000, memoryMb: 512 });
  over = true;
  t.is(loaded.kind, 'loaded');
  t.true(turns >= 50, `${turns} turns`);
});

test('10,000 rules with 100,000 ranges come over as they were read', async (t) => {
  const path = folder({});
  for (let file = 0; file < 10; file += 1) {
    const rules = Array.from({ length: 1000 }, (_, rule) => {
      const ranges = Array.from(
        { length: 10 },
        (__, range) => `${10 + file}.${rule >> 2}.${(rule & 3) * 64 + range}.0/24`,
      );
      return `  - {id: r${rule}, to: [h${rule}.f${file}.example, '*.u${rule}.f${file}.example', ${ranges.join(', ')}], protocol: tls}\n`;
    });
    writeFileSync(join(path, `p${file}.yaml`), `policy: p${file}\nallow:\n${rules.join('')}`);
  }
  const loaded = await load(path, { timeoutMs: 100_000 });
  if (loaded.kind === 'not_loaded') return t.fail(messageOf(loaded));
  t.is(loaded.set.ruleCount, 10_000);
});
