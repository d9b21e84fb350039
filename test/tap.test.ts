import test from 'ava';
import { readTap } from './tap.js';

const WHOLE = `TAP version 13
ok 1 - passes
#   a line it logged
ok 2 - needs sshd (skipped: sshd is absent, install with: apt-get install openssh-server) # SKIP
not ok 3 - only a title yet # TODO
not ok 4 - fails # SKIP is part of this title
  ---
    message: boom
  ...

1..4
# tests 3
`;

test('each test is passed, failed or skipped, with what was said about it', (t) => {
  const { outcomes, complete } = readTap(WHOLE);
  t.true(complete);
  t.deepEqual(
    outcomes.map(({ kind, title }) => [kind, title]),
    [
      ['passed', 'passes'],
      ['skipped', 'needs sshd (skipped: sshd is absent, install with: apt-get install openssh-server)'],
      ['skipped', 'only a title yet'],
      ['failed', 'fails # SKIP is part of this title'],
    ],
  );
  t.true(outcomes[3]?.details.includes('    message: boom'));
});

test('a run without its plan is not complete', (t) => {
  t.false(readTap(WHOLE.slice(0, WHOLE.indexOf('1..4'))).complete);
  t.deepEqual(readTap(''), { outcomes: [], complete: false });
});
