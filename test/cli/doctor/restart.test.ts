import test from 'ava';
import { findingsOf } from '../../../lib/cli/doctor/checks/index.js';
import { RUN_AS_ACCOUNT } from '../../../lib/system/index.js';
import { withRestart } from '../../../lib/cli/doctor/restart.js';

const { ok, warning, problem } = findingsOf('policies');
const advised = findingsOf('instance').warning('version 2 is installed', 'restart tidegate to run it', 'advised');
const fatal = problem('p.yaml:1:1: unknown key', 'fix it', 'would_fail');
const emptied = problem('no policy any more', 'put them back', 'would_deny');
const users = findingsOf('users').problem('users:1:1: bad hash', 'fix it', 'would_fail');

test('where a start would succeed, or nothing runs, the findings stay as they are', (t) => {
  const well = [ok('fine'), advised, warning('w', 'r')];
  t.deepEqual(withRestart(well, true), well);
  t.deepEqual(withRestart([fatal, advised], false), [fatal, advised]);
});

test('an instance that could not start again is not to be restarted, and advice to restart waits for that', (t) => {
  const [first, second, third, told] = withRestart([advised, fatal, users], true);
  t.deepEqual([second, third], [fatal, users]);
  t.is(first?.remedy, 'not now (see restart); then restart tidegate to run it');
  t.like(told, {
    check: 'restart',
    state: 'problem',
    words: 'do not restart: it would not start (see the problems of policies, users)',
  });
});

test('what only the account of the doctor may not read does not speak against a restart', (t) => {
  const unread = problem('the policy folder cannot be read: EACCES', RUN_AS_ACCOUNT, 'would_fail');
  t.deepEqual(withRestart([unread, advised], true), [unread, advised]);
  t.regex(withRestart([unread, users], true).at(-1)?.words ?? '', /would not start \(see the problems of users\)/);
});

test('an instance that would start without a policy is not to be restarted either', (t) => {
  const words = withRestart([emptied], true).at(-1)?.words;
  t.is(words, 'do not restart: it would start without a policy and deny everything (see the problems of policies)');
  t.regex(withRestart([emptied, fatal], true).at(-1)?.words ?? '', /^do not restart: it would not start/);
});
