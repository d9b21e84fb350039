import { spawn } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkpointOf, openAnchorTarget, type AnchorTarget } from '../../../lib/outbox/anchors/targets.js';
import { testWith } from '../../programs.js';
import { freePort } from '../../fixtures/free-port.js';
import { makeFolder } from '../../fixtures/folder.js';
import { until } from '../../fixtures/waiting.js';
import { noteOf, plainParts } from './notes.js';

const alive = new AbortController().signal;

function targetAt(t: ExecutionContext, target: AnchorTarget) {
  const { sink, textOf } = openAnchorTarget({ target, parts: plainParts });
  t.teardown(sink.close);
  return (size: number) => {
    const checkpoint = checkpointOf(noteOf(size), size);
    const record = { seq: size, id: checkpoint.root, time: '2026-01-31T23:59:59.999Z', kind: 'checkpoint', boot: '1' };
    return sink.send([{ ...record, text: textOf(checkpoint), object: 'none' }], alive);
  };
}

async function fileIn(t: ExecutionContext): Promise<string> {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  return join(folder.path, 'checkpoints');
}

test('in a file notes stand one behind the other', async (t) => {
  const path = await fileIn(t);
  const put = targetAt(t, { use: 'file', path });
  t.is((await put(1)).kind, 'accepted');
  t.is((await put(2)).kind, 'accepted');
  t.is(await readFile(path, 'utf8'), `${noteOf(1)}\n${noteOf(2)}\n`);
});

test('wherever a write was broken off, the next note stands whole behind the last whole one', async (t) => {
  const path = await fileIn(t);
  const put = targetAt(t, { use: 'file', path });
  const note = `${noteOf(2)}\n`;
  for (let bytes = 1; bytes < Buffer.byteLength(note); bytes += 1) {
    await writeFile(path, `${noteOf(1)}\n`);
    await appendFile(path, Buffer.from(note).subarray(0, bytes));
    t.is((await put(3)).kind, 'accepted');
    t.is(await readFile(path, 'utf8'), `${noteOf(1)}\n${noteOf(3)}\n`, `cut after ${bytes} bytes`);
  }
});

test('a file that holds something else is left alone', async (t) => {
  const path = await fileIn(t);
  await writeFile(path, 'precious\n');
  const put = targetAt(t, { use: 'file', path });
  t.like(await put(1), { kind: 'unavailable', detail: 'the file holds something that is not a checkpoint' });
  t.is(await readFile(path, 'utf8'), 'precious\n');
});

test('a file that cannot be written says why', async (t) => {
  const put = targetAt(t, { use: 'file', path: join(await fileIn(t), 'nowhere') });
  t.like(await put(1), { kind: 'unavailable' });
});

const rsyslog = testWith('rsyslogd');

rsyslog('rsyslog stores a checkpoint as one line, from which the note comes back', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const port = await freePort();
  const log = join(folder.path, 'anchors.log');
  const config = await folder.write(
    'rsyslog.conf',
    [
      `module(load="imtcp")`,
      `input(type="imtcp" port="${port}" address="127.0.0.1")`,
      `template(name="raw" type="string" string="%msg%\\n")`,
      `action(type="omfile" file="${log}" template="raw")`,
    ].join('\n'),
  );
  const child = spawn('rsyslogd', ['-n', '-f', config, '-i', join(folder.path, 'pid')], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const put = targetAt(t, { use: 'syslog', host: '127.0.0.1', port, facility: 13 });
  await until(
    async () => (await put(42)).kind === 'accepted',
    () => 'rsyslog takes nothing',
  );
  await until(
    async () => (await readFile(log, 'utf8').catch(() => '')).includes('\n'),
    () => 'rsyslog stores nothing',
  );
  const [line = ''] = (await readFile(log, 'utf8')).split('\n');
  const { tidegate_checkpoint: stored } = JSON.parse(line) as { tidegate_checkpoint: object };
  t.deepEqual(stored, { size: 42, root: 'root-of-42', note: noteOf(42) });
});
