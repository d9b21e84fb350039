import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openJournal } from '../../../lib/journal/index.js';
import { carriedOut } from '../../cli/command.js';
import { rawClient } from '../../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';

/** Puts the wall clock of a process 60 days ahead, and not its monotonic one, on a signal. */
const SET_THE_CLOCK = `data:text/javascript,${encodeURIComponent(
  'const now = Date.now; process.on("SIGUSR2", () => (Date.now = () => now() + 5_184_000_000));',
)}`;

/** Leaves a record: a denial. */
async function refused({ port }: Tidegate): Promise<void> {
  const client = await rawClient(port);
  await client.send('CONNECT nowhere.example:443 HTTP/1.1\r\nHost: nowhere.example:443\r\n\r\n');
  await client.readHead();
  client.close();
}

async function segmentsIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('segment')).sort();
}

test.serial(
  'the clock of a running tidegate jumps: nothing is removed, and record, log and status say so',
  async (t) => {
    const running = await startTidegate({
      nodeArguments: ['--import', SET_THE_CLOCK],
      config: { journal: { reserve: 'none', compress: false, 'keep-for': '1d' } },
      prepare: async ({ path }) => {
        const directory = join(path, 'state', 'journal');
        const journal = await openJournal({ directory, segmentBytes: 2_000 });
        if (journal.kind !== 'journal') throw new Error(journal.detail);
        for (let n = 0; (await segmentsIn(directory)).length < 4; n += 1) {
          await journal.append({ kind: 'test', content: { n } });
        }
        await journal.close();
      },
    });
    t.teardown(running.discard);
    const directory = join(running.folder.path, 'state', 'journal');
    const before = await segmentsIn(directory);
    running.signal('SIGUSR2');
    const jumped = await running.recorded(({ kind }) => kind === 'clock', 'the jump');
    t.like(jumped, { event: 'jumped', held_ms: 86_400_000 });
    t.true(Math.abs(Number(jumped['by_ms']) - 5_184_000_000) < 60_000);
    // The new day begins a segment, with which maintenance looks for what is old.
    await until(
      async () => {
        await refused(running);
        return (await running.journal()).some(({ kind, segment }) => kind === 'segment' && segment === before.at(-1));
      },
      () => `no segment of the new day; said ${running.said()}`,
    );
    const status = await carriedOut(['status', '--state', join(running.folder.path, 'state')]);
    t.is(status.code, 1);
    t.regex(
      status.stdout,
      /removal by journal\.keep-for is held for \d+ more minutes of uptime: the clock jumped by 51\d{5} s/,
    );
    t.regex(running.said(), /the clock jumped; removal by journal\.keep-for is held for 24 hours of uptime/);
    t.is(await running.stop(), 0);
    t.deepEqual((await segmentsIn(directory)).slice(0, before.length), before);
  },
);
