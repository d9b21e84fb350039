import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { onSmallDisk, testOnSmallDisk } from '../../../fixtures/small-disk.js';
import { folderOf } from '../../command.js';
import { doctor, type Told } from '../examining.js';

testOnSmallDisk(
  'a full disk and one that is mounted read-only are told, and what the running tidegate says of it',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-ailing-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const ran = await onSmallDisk(folder, '3m', fileURLToPath(new URL('ailing-disk.js', import.meta.url)));
    t.is(ran.status, 0, ran.stderr);
    const { full, readOnly } = JSON.parse(ran.stdout) as {
      readonly full: readonly Told[];
      readonly readOnly: readonly Told[];
    };
    const wordsOf = (told: readonly Told[], check: string): string =>
      told
        .filter((each) => each.check === check && each.state === 'problem')
        .map(({ words }) => words)
        .join('\n');
    t.regex(wordsOf(full, 'state'), /cannot write .*journal \(ENOSPC\): all traffic is refused without a record/);
    t.regex(wordsOf(full, 'state'), /0 MiB free/);
    t.regex(wordsOf(full, 'journal'), /tidegate cannot write it \(full\)/);
    t.regex(wordsOf(full, 'listener'), /refuses all traffic: 503 Egress refused: the audit journal cannot be written/);
    t.regex(wordsOf(full, 'instance'), /degraded: the journal is not writable \(full\)/);
    t.regex(wordsOf(readOnly, 'state'), /cannot write .*journal \(EROFS\)/);
  },
);

test.serial(
  'a state folder that others may look into is a warning, and one that is not a folder a problem',
  async (t) => {
    const folder = await folderOf(t, { 'tidegate.yaml': 'listen: [127.0.0.1:0]\nstate: state\n' });
    const config = join(folder.path, 'tidegate.yaml');
    await folder.write('state/journal', 'no folder');
    await chmod(join(folder.path, 'state'), 0o755);
    const found = await doctor(config);
    t.regex(found.ailing('state').join('\n'), /^warning other accounts can read .* \(0755\)$/m);
    t.regex(found.ailing('state').join('\n'), /^problem .*cannot write .*journal \(ENOTDIR\)/m);
    t.is(found.code, 1);
    await rm(join(folder.path, 'state'), { recursive: true });
    await writeFile(join(folder.path, 'state'), '');
    t.regex((await doctor(config)).ailing('state').join(), /^problem .* is not a folder/);
  },
);
