import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { observe } from './behaviour.js';
import { standInDriver } from './drivers.js';

const golden = fileURLToPath(new URL('../../../../test/standins/halibut/behaviour.golden', import.meta.url));

test('the stand-in behaves as the real library did', async (t) => {
  t.deepEqual(await observe(standInDriver()), JSON.parse(readFileSync(golden, 'utf8')));
});
