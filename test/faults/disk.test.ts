import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyJournal } from '../../lib/journal/index.js';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import { onSmallDisk, testOnSmallDisk } from '../fixtures/small-disk.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { testWith } from '../programs.js';

const FULL_DISK = fileURLToPath(new URL('full-disk.js', import.meta.url));
testOnSmallDisk(
  'on a full disk nothing gets out, a flood of denials leaves room for the ends of open tunnels, and it goes on when there is room',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-full-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const ran = await onSmallDisk(folder, '3m', FULL_DISK);
    t.is(ran.status, 0, ran.stderr);
    const found: unknown = JSON.parse(ran.stdout);
    t.like(found, {
      whenFull: ['503'],
      denied: '403',
      flooded: '503',
      denialsMissing: 0,
      linesWhenFull: 1,
      allowedRecords: true,
      relayed: 'still there',
      code: 0,
      chain: 'holds',
      checkpoints: 'hold',
    });
  },
);

testWith('strace')('after a sync that failed no attempt gets out, and the process ends with 70', async (t) => {
  const origin = await startOrigin(echoing);
  const tidegate = await startTidegate();
  const authority = `127.0.0.1:${origin.port}`;
  const fault = ['-f', '-p', String(tidegate.pid), '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO'];
  const tracer = spawn('strace', fault, { stdio: ['ignore', 'ignore', 'pipe'] });
  // It has said that it is attached.
  await once(tracer.stderr, 'data');
  const client = await rawClient(tidegate.port);
  await client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  t.regex(await client.readHead(), /^HTTP\/1\.1 503 /);
  t.is(await tidegate.ended, 70);
  t.is(origin.arrivals.length, 0);
  t.like(await verifyJournal(join(tidegate.folder.path, 'state', 'journal')), { kind: 'holds' });
  await tidegate.discard();
  await origin.close();
});
