import test from 'ava';
import { connect, forward, judge, outcome, policies } from '../samples.js';
import { isPlainPath } from '../../../lib/policy/values/paths.js';

const plain = [
  '/',
  '/a',
  '/a/b.c/',
  '/a..b',
  '/...a',
  '/.well-known/x',
  '/a%20b',
  '/caf%C3%A9',
  '/a;v=1/b',
  "/!$&'()*+,=:@-_~",
];
const odd = [
  '',
  'a',
  '/..',
  '/a/../b',
  '/a/./b',
  '/a/.',
  '/a/%2e%2e/b',
  '/a/.%2E/b',
  '/a/..;x=1/b',
  '/a/...',
  '/a/..%20/b',
  '/a/..%3b/b',
  '/a//b',
  '/a\\b',
  '/a%5cb',
  '/a%2fb',
  '/a%2Fb',
  '/a%252e%252e/b',
  '/a%00',
  '/a%0d%0a',
  '/a%7f',
  '/a%c0%ae',
  '/a%ff',
  '/a%',
  '/a%2',
  '/a%zz',
  '/%EF%BC%8E%EF%BC%8E/b',
  '/a%EF%BC%8Fb',
  '/%E2%80%A5/b',
  '/a b',
  '/a#b',
  '/a?b',
  '/a"b',
  '/\u00e9',
];

for (const path of plain)
  test(`the path ${JSON.stringify(path)} is read alike by every origin`, (t) => t.true(isPlainPath(path)));
for (const path of odd)
  test(`the path ${JSON.stringify(path)} may be read in several ways`, (t) => t.false(isPlainPath(path)));

const http = { to: ['api.example'], protocol: 'http', ports: [80] } as const;

test('a rule with methods holds for these only', (t) => {
  const policy = policies({ allow: [{ ...http, methods: ['GET', 'HEAD'] }] });
  t.is(outcome(judge(policy, forward('HEAD', 'api.example:80', '/x'))), 'pass');
  t.is(outcome(judge(policy, forward('POST', 'api.example:80', '/x'))), 'request_not_allowed');
});

test('a rule with paths holds for an exact path, and for what begins with the text before a *', (t) => {
  const policy = policies({ allow: [{ ...http, paths: ['/v1', '/feeds/*'] }] });
  const told = (path: string): string => outcome(judge(policy, forward('GET', 'api.example:80', path)));
  t.deepEqual(['/v1', '/feeds/', '/feeds/a/b'].map(told), ['pass', 'pass', 'pass']);
  t.deepEqual(
    ['/v1/', '/V1', '/v', '/feeds', '/'].map(told),
    Array.from({ length: 5 }, () => 'request_not_allowed'),
  );
});

test('a rule with paths holds for no path that the origin may read otherwise, a rule without paths for every path', (t) => {
  const looking = policies({ allow: [{ ...http, paths: ['/*'] }] });
  const blind = policies({ allow: [http] });
  for (const path of ['/feeds/../admin', '/feeds/%2e%2e/admin', '/feeds//admin', '/feeds%2fadmin', '/a\\b']) {
    t.is(outcome(judge(looking, forward('GET', 'api.example:80', path))), 'request_not_allowed', path);
    t.is(outcome(judge(blind, forward('GET', 'api.example:80', path))), 'pass', path);
  }
});

test('a rule that looks at requests holds for no tunnel, since a tunnel hides them', (t) => {
  const any = { to: ['api.example'], protocol: 'any' } as const;
  t.is(outcome(judge(policies({ allow: [any] }), connect('api.example:443'))), 'pass');
  t.is(
    outcome(judge(policies({ allow: [{ ...any, methods: ['GET'] }] }), connect('api.example:443'))),
    'request_not_allowed',
  );
  t.is(
    outcome(judge(policies({ allow: [{ ...any, paths: ['/*'] }] }), connect('api.example:443'))),
    'request_not_allowed',
  );
});
