import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { lockHolder, takeLock } from '../../../../lib/journal/disk/index.js';
import { startPatient, doctor } from '../examining.js';

test.serial('a changed record is reported with its place; bytes that a crash left are not damage', async (t) => {
  const { tidegate, config, state } = await startPatient(t);
  await tidegate.stop();
  const path = join(state, 'journal', 'segment-00000001.jsonl');
  const whole = await readFile(path, 'latin1');
  await writeFile(path, `${whole}{"v":1,"se`);
  const torn = await doctor(config);
  t.is(torn.code, 3);
  t.regex(torn.ailing('journal').join(), /^warning 10 bytes after record \d+ are not a whole line/);
  await writeFile(
    path,
    whole.replace('"kind":"adopted"', '"kind":"adoptee"').replace('"outcome":"adopted"', '"outcome":"adoptee"'),
  );
  const damaged = await doctor(config);
  t.is(damaged.code, 1);
  t.regex(damaged.ailing('journal').join(), /^problem damaged: segment-00000001\.jsonl, line \d+, record \d+: /);
  t.regex(damaged.of('journal')[0]?.remedy ?? '', /tidegate audit accept-gap/);
});

test.serial('who holds the lock and gives no status is named', async (t) => {
  const { tidegate, config, state } = await startPatient(t);
  await tidegate.stop();
  const lock = await takeLock(join(state, 'journal'));
  if (lock.kind === 'held') return t.fail();
  t.deepEqual(await lockHolder(join(state, 'journal')), { kind: 'held', pid: process.pid });
  const found = await doctor(config);
  t.regex(found.ailing('journal').join(), new RegExp(`^problem process ${process.pid} holds the lock of `));
  await lock.release();
  t.is((await doctor(config)).code, 3);
});
