import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROGRAM } from '../../../fixtures/tidegate.js';

/* Exports a few records, and then all, into files of a small disk, and prints how each export ended. */
const [, , place = ''] = process.argv;
const ran = ['--until 2026-11-23T10:20:40', ''].map((until, index) => {
  const state = process.env['EXPORTED_STATE'] ?? '';
  const line = `exec "$1" "$2" audit export --state "$3" ${until} > "$4"`;
  const file = join(place, `${index}.jsonl`);
  const { status, stderr } = spawnSync('sh', ['-c', line, 'sh', process.execPath, PROGRAM, state, file], {
    encoding: 'utf8',
  });
  return { code: status, said: stderr };
});
process.stdout.write(JSON.stringify(ran));
