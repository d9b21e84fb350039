import test from 'ava';
import { unsafeFlags } from '../../../lib/cli/running/unsafe-flags.js';

test('flags that open Node to others, or its parser to nonsense, are found however they are written', (t) => {
  t.deepEqual(unsafeFlags([], ''), []);
  t.deepEqual(unsafeFlags(['--enable-source-maps', '--max-old-space-size=512'], '--trace-warnings'), []);
  for (const flag of [
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--insecure-http-parser',
    '--insecure_http_parser',
  ]) {
    t.is(unsafeFlags([flag], '').length, 1, flag);
    t.is(unsafeFlags([], `--trace-warnings  ${flag}`).length, 1, flag);
  }
  t.is(unsafeFlags(['--inspect'], '"--insecure-http-parser"').length, 2);
});
