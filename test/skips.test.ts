import test from 'ava';
import { mayBeSkipped, WITHOUT_HALIBUT } from './skips.js';
import { readTap } from './tap.js';

test('where CI is set, the Halibut tests may be skipped, and nothing else may', (t) => {
  const skipped = (title: string): string => readTap(`ok 1 - ${title} # SKIP\n1..1\n`).outcomes[0]?.title ?? 'none';
  t.true(mayBeSkipped(skipped(WITHOUT_HALIBUT)));
  t.false(mayBeSkipped(skipped('Halibut calls a Tentacle')));
  t.false(mayBeSkipped(skipped(`${WITHOUT_HALIBUT}, and more`)));
  t.false(mayBeSkipped(skipped('curl fetches a page (skipped: curl is absent, install with: apt-get install curl)')));
});
