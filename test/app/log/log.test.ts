import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../fixtures/program.js';
import { onSmallDisk, testOnSmallDisk } from '../../fixtures/small-disk.js';
import { until } from '../../fixtures/waiting.js';
import { folderOf } from '../../cli/command.js';

const door = new URL('../../../lib/app/log/index.js', import.meta.url).href;

/** Runs a program of its own that opens a log of these options and does `body` with it: the log writes to standard error. */
async function logging(t: ExecutionContext, options: object, body: string) {
  const { path } = await folderOf(t);
  const given = JSON.stringify({
    level: 'info',
    format: 'json',
    style: { colours: false },
    transports: [],
    folder: path,
    ...options,
  });
  const program = `
    import { openLog } from '${door}';
    const log = await openLog(${given});
    ${body}
    await log.close();
    console.log('ended');`;
  const ran = await run(process.execPath, ['--input-type=module', '-e', program], { environment: { NO_COLOR: '1' } });
  t.is(ran.stdout, 'ended\n', ran.stderr);
  return { path, lines: ran.stderr.split('\n').filter((line) => line !== '') };
}

test('a line of JSON has time, level and event first, then what belongs to it; lower levels are left out', async (t) => {
  const { lines } = await logging(t, {}, `log.debug('no'); log.warn('policies adopted', { rules: 3, at: 10n });`);
  t.is(lines.length, 1);
  t.regex(lines[0] ?? '', /^\{"time":"\d{4}-[^"]+Z","level":"warn","event":"policies adopted","rules":3,"at":"10"\}$/);
});

test('an error is logged with what it says and where it came from', async (t) => {
  const { lines } = await logging(t, {}, `log.error('a fault', { error: new TypeError('of this kind') });`);
  t.regex(lines[0] ?? '', /"error":"TypeError: of this kind\\n {4}at /);
});

test('a line for people has no colours under NO_COLOR, and no value can look like another line', async (t) => {
  const body = `log.error('it failed', { plain: 'a.example:443', forged: 'x\\n2026 error y', escape: '\\u001b[2J' });`;
  const { lines } = await logging(t, { format: 'human' }, body);
  t.is(lines.length, 1);
  t.regex(lines[0] ?? '', /Z error it failed plain=a\.example:443 forged="x\\n2026 error y" escape="\\u001b\[2J"$/);
});

test('a transport gets the same lines, and those that wait are written before the end', async (t) => {
  const options = { transports: [{ use: 'file', options: { filename: 'here.log' } }] };
  const { path, lines } = await logging(t, options, `for (let n = 0; n < 50; n += 1) log.info('line', { n });`);
  t.is(lines.length, 50);
  const file = join(path, 'here.log');
  await until(
    async () => (await readFile(file, 'utf8')).split('\n').length === 51,
    () => 'the file is not whole',
  );
});

test('a transport that fails is reported in the log, and neither ends the process nor stops the others', async (t) => {
  const options = { transports: [{ use: 'http', options: { host: '127.0.0.1', port: 1 } }] };
  const body = `log.info('first'); await new Promise((resolve) => setTimeout(resolve, 300)); log.info('second');`;
  const { lines } = await logging(t, options, body);
  const events = lines.map((line) =>
    String(Object.entries(JSON.parse(line) as object).find(([key]) => key === 'event')?.[1]),
  );
  t.true(events.includes('first') && events.includes('second'));
  t.true(events.includes('log transport failed; lines are lost'), events.join());
});

test('a transport that hangs loses lines, which are counted; standard error gets them all', async (t) => {
  const { path } = await folderOf(t, {
    'node_modules/hangs/package.json': '{"name":"hangs","version":"1.0.0","main":"index.cjs"}',
    'node_modules/hangs/index.cjs': `
      const { Writable } = require('node:stream');
      module.exports = class extends Writable {
        constructor() { super({ objectMode: true, write() {} }); }
        log() {}
      };`,
  });
  const body = `
    for (let n = 0; n < 3000; n += 1) { log.info('line', { n }); if (n % 100 === 0) await new Promise(setImmediate); }
    log.warn('count', { dropped: log.dropped() });`;
  const { lines } = await logging(t, { transports: [{ use: 'hangs', options: {} }], folder: path }, body);
  t.is(lines.filter((line) => line.includes('"event":"line"')).length, 3000);
  t.is(lines.filter((line) => line.includes('"event":"log transport failed; lines are lost"')).length, 1);
  const [count = ''] = lines.filter((line) => line.includes('"event":"count"'));
  t.true(Number(/"dropped":(\d+)/.exec(count)?.[1]) > 1500, count);
});

const FULL_DISK = fileURLToPath(new URL('full-disk.js', import.meta.url));

testOnSmallDisk(
  'a file on a disk that was full is written again, and meanwhile the log says that it is not',
  async (t) => {
    const ran = await onSmallDisk((await folderOf(t)).path, '1m', FULL_DISK);
    t.is(ran.status, 0, ran.stderr);
    const told = ran.stderr.split('\n').filter((line) => line.includes('log transport'));
    t.regex(
      told[0] ?? '',
      /"event":"log transport failed; lines are lost","transport":"file","detail":".*tidegate\.log: ENOSPC/,
    );
    t.regex(told.at(-1) ?? '', /"event":"log transport works again","transport":"file","lost":\d+/);
    const { whenFull, failingAfter, events } = JSON.parse(ran.stdout) as {
      whenFull: { failing: string[]; dropped: number };
      failingAfter: string[];
      events: string[];
    };
    t.regex(whenFull.failing.join(), /^file: .*tidegate\.log: ENOSPC/);
    t.true(whenFull.dropped >= 20);
    t.deepEqual(failingAfter, []);
    // Every line is whole: what was written of one when the disk became full is not left there.
    const parsed = events.map((line) => JSON.parse(line) as { event: string; lost?: number });
    t.deepEqual(
      [parsed[0]?.event, ...parsed.slice(-2).map(({ event }) => event)],
      ['before', 'after', 'log transport works again'],
    );
    t.true((parsed.at(-1)?.lost ?? 0) >= 1);
  },
);
