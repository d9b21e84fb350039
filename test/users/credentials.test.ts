import test from 'ava';
import { checkPassword, checkUserName } from '../../lib/users/index.js';

test('a user name is 1 to 64 characters that no URL encoding touches', (t) => {
  for (const name of ['a', 'spaces-1.production', 'web.node1', 'A_b~c', 'x'.repeat(64)]) {
    t.is(checkUserName(name).kind, 'usable', name);
  }
  for (const name of ['', 'x'.repeat(65), 'a b', 'a:b', 'a@b', 'DOMAIN\\user', 'é', 'a\n', '#a', 'a%20']) {
    t.is(checkUserName(name).kind, 'unusable', JSON.stringify(name));
  }
});

test('a password is printable ASCII, since Octopus sends every other character as a question mark', (t) => {
  t.is(checkPassword('Kx7.b~_-9').kind, 'usable');
  for (const password of ['', 'pässword', 'tab\t', 'null\0', 'del\x7f', 'x'.repeat(129)]) {
    t.is(checkPassword(password).kind, 'unusable', JSON.stringify(password));
  }
});

test('a password with characters that URLs encode is taken, with a warning', (t) => {
  for (const password of ['two words', 'a:b', 'p@ss', 'a+b', '100%']) {
    t.is(checkPassword(password).kind, 'unwise', password);
  }
});
