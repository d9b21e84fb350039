import test from 'ava';
import { formatDestination } from '../../../lib/address/index.js';
import { readRequestWords } from '../../../lib/cli/policy/request-words.js';

/** What was read, in a line; or `not a question`. */
function asked(...words: readonly string[]): string {
  const question = readRequestWords(words);
  if (question.kind === 'malformed') return 'not a question';
  const { destination, intent } = question;
  return intent.kind === 'tunnel'
    ? `tunnel ${formatDestination(destination)}`
    : `${intent.method} ${formatDestination(destination)}${intent.path}`;
}

test('a request is written as a client sends it, or as a URL', (t) => {
  t.is(asked('CONNECT', 'A.example:443'), 'tunnel a.example:443');
  t.is(asked('connect', 'a.example:22'), 'tunnel a.example:22');
  t.is(asked('a.example:10933'), 'tunnel a.example:10933');
  t.is(asked('[2001:db8::1]:443'), 'tunnel [2001:db8::1]:443');
  t.is(asked('https://a.example'), 'tunnel a.example:443');
  t.is(asked('https://a.example:8443/x?y#z'), 'tunnel a.example:8443');
  t.is(asked('HTTPS://[2001:db8::1]/'), 'tunnel [2001:db8::1]:443');
  t.is(asked('http://a.example'), 'GET a.example:80/');
  t.is(asked('http://a.example/x?secret'), 'GET a.example:80/x');
  t.is(asked('POST', 'http://a.example:8080/x'), 'POST a.example:8080/x');
});

test('a request that a client could not send is rejected', (t) => {
  const nonsense = [
    [],
    ['a.example'],
    ['GET', 'a.example:80'],
    ['CONNECT', 'http://a/'],
    ['TRACE', 'http://a.example/'],
  ];
  for (const words of [...nonsense, ['https://user@a.example/'], ['a b:443'], ['a.example:0'], ['ftp://a/']]) {
    t.is(asked(...words), 'not a question', words.join(' '));
  }
});
