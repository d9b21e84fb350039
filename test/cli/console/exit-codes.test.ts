import { readFile } from 'node:fs/promises';
import test from 'ava';
import { exitCodes } from '../../../lib/cli/console/exit-codes.js';

test('README lists every exit code, and no other', async (t) => {
  const page = await readFile(new URL('../../../../README.md', import.meta.url), 'utf8');
  const [, table = ''] = /## Exit codes\n([^]*?)\n## /.exec(page) ?? [];
  const told = [...table.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  t.deepEqual(told, Object.values(exitCodes));
});
