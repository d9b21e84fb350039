import test from 'ava';
import type { Attempt, Observation } from '../../../lib/attempt/index.js';
import {
  connect,
  forward,
  ip,
  machineWith,
  noon,
  policies,
  ssh,
  tls,
  type PolicySketch,
  type RuleSketch,
} from '../samples.js';
import { explain, type ExplainedRule, type Explanation } from '../../../lib/policy/index.js';

function explained(sketch: PolicySketch, asked: Attempt, answers?: readonly string[]): Explanation {
  return explain(policies(sketch), asked, noon, answers?.map(ip) ?? 'not_resolved');
}

/** Why the only rule does not hold, in words. */
function why(
  rule: RuleSketch,
  asked: Attempt,
  answers?: readonly string[],
  clients: Partial<PolicySketch> = {},
): string {
  const [nearest] = explained({ ...clients, allow: [rule] }, asked, answers).nearest;
  return nearest === undefined || nearest.failed === 'none' ? 'nothing failed' : nearest.failed.words;
}

const ids = (rules: readonly ExplainedRule[]): readonly string[] => rules.map(({ rule }) => rule.id);
const api = { to: ['api.example'] };
const http = { ...api, protocol: 'http', ports: [80] } as const;

test('the fact that failed a rule is reported in words', (t) => {
  t.is(why(api, connect('api.example:8443')), 'port 8443 is not among 443');
  t.is(why({ ...api, ports: [22, '8000-8010'] }, connect('api.example:443')), 'port 443 is not among 22, 8000-8010');
  t.is(
    why({ to: ['a.example', '*.b.example', '10.0.0.0/8'] }, connect('c.example:443')),
    'c.example is not among a.example, *.b.example, 10.0.0.0/8',
  );
  t.is(
    why({ to: ['*.example'], except: ['old.example'] }, connect('old.example:443')),
    'old.example is excluded by "except": old.example',
  );
  t.is(why(http, connect('api.example:80')), 'protocol http does not allow a tunnel');
  t.is(
    why({ ...api, ports: [80] }, forward('GET', 'api.example:80', '/')),
    'protocol tls does not allow a plain request',
  );
  t.is(
    why({ ...http, methods: ['GET', 'HEAD'] }, forward('POST', 'api.example:80', '/')),
    'method POST is not among GET, HEAD',
  );
  t.is(why({ ...http, paths: ['/v1/*'] }, forward('GET', 'api.example:80', '/v2')), 'path /v2 is not among /v1/*');
  t.is(
    why({ ...http, paths: ['/v1/*'] }, forward('GET', 'api.example:80', '/v1/../v2')),
    'path /v1/../v2 can be read in more than one way',
  );
  t.is(
    why({ ...api, protocol: 'any', methods: ['GET'] }, connect('api.example:443')),
    'the rule checks requests, which a tunnel hides',
  );
  t.is(why({ ...api, expires: '2026-01-31' }, connect('api.example:443')), 'expired on 2026-01-31');
});

test('a policy for clients without user is named in words', (t) => {
  const asked = connect('api.example:443', { user: 'x' });
  t.is(why(api, asked, [], { users: 'anonymous' }), "user 'x', and the policy is for clients without user");
  const passes = explained({ users: 'anonymous', allow: [api] }, connect('api.example:443')).passedBy;
  t.is(passes[0]?.facts[0]?.words, 'the policy is for clients without user');
});

test('the explanation for a client without user names the log-in that would help, as far as addresses are known', (t) => {
  const inside = { users: ['u'], allow: [{ ...api, resolvesTo: ['10.0.0.0/8'] }] };
  const { logIn } = explained(inside, connect('api.example:443'));
  t.like(logIn, { user: 'u', ground: { kind: 'rules' } });
  t.is(explained(inside, connect('api.example:443', { user: 'x' })).logIn, 'none');
  t.is(explained(inside, connect('other.example:443')).logIn, 'none');
  t.is(explained({ allow: [api] }, connect('api.example:443')).logIn, 'none');
});

test('a client that no policy covers is named in words', (t) => {
  const users = { users: ['spaces-1.production', 'spaces-1.test'] };
  t.is(
    why(api, connect('api.example:443', { user: 'x' }), [], users),
    "user 'x' is not among spaces-1.production, spaces-1.test",
  );
  t.is(
    why(api, connect('api.example:443'), [], users),
    'a client without user is not among spaces-1.production, spaces-1.test',
  );
  const networks = { networks: ['10.20.0.0/24'] };
  t.is(
    why(api, connect('api.example:443', { from: '10.21.0.1' }), [], networks),
    '10.21.0.1 is not among 10.20.0.0/24',
  );
  t.is(
    why(api, connect('api.example:443', { user: 'spaces-1.test', from: '10.21.0.1' }), [], { ...users, ...networks }),
    '10.21.0.1 is not among 10.20.0.0/24',
  );
});

test('an address that a name must not lead to is named in words', (t) => {
  const asked = connect('api.example:443');
  t.is(why({ ...api, resolvesTo: ['10.30.0.0/16'] }, asked, ['10.31.0.1']), 'resolves outside 10.30.0.0/16');
  t.is(
    why(api, asked, ['10.31.0.1']),
    '10.31.0.1 is special (private use, RFC 1918), and not in "resolves-to" of the rule',
  );
  t.is(
    why({ ...api, except: ['93.184.0.0/16'] }, asked, ['93.184.216.34']),
    '93.184.216.34 is excluded by "except": 93.184.0.0/16',
  );
  t.is(why(api, asked, []), 'resolves to nothing');
});

test('of a long list the first entries are reported, and how many there are', (t) => {
  const ports = [1, 2, 3, 4, 5, 6, 7, 8];
  t.is(why({ ...api, ports }, connect('api.example:443')), 'port 443 is not among 1, 2, 3, 4, 5 and 3 more');
});

test('for a pass, the rules that hold are reported with every fact', (t) => {
  const told = explained(
    {
      users: ['u'],
      networks: ['10.0.0.0/8'],
      allow: [{ ...http, methods: ['GET'], paths: ['/v1/*'], expires: '2026-12-31' }, { to: ['other.example'] }],
    },
    forward('GET', 'api.example:80', '/v1/x', { user: 'u', from: '10.0.0.1' }),
    ['93.184.216.34'],
  );
  t.is(told.verdict.kind, 'permit');
  t.deepEqual(told.nearest, []);
  t.is(told.deniedBy, 'none');
  t.deepEqual(told.passedBy, [
    {
      rule: { policy: 'sample', id: 'rule-1', file: 'sample.yaml', line: 10 },
      facts: [
        { fact: 'client', held: true, words: "user 'u' is among u and 10.0.0.1 is among 10.0.0.0/8" },
        { fact: 'destination', held: true, words: 'api.example is among api.example' },
        { fact: 'port', held: true, words: 'port 80 is among 80' },
        { fact: 'protocol', held: true, words: 'protocol http allows a plain request' },
        { fact: 'request', held: true, words: 'method GET is among GET and path /v1/x is among /v1/*' },
        { fact: 'expiry', held: true, words: 'allows until 2026-12-31' },
        { fact: 'address', held: true, words: '93.184.216.34 is globally reachable' },
      ],
      failed: 'none',
    },
  ]);
});

test('what holds for whatever is asked says so', (t) => {
  const [rule] = explained({ allow: [api] }, connect('api.example:443')).passedBy;
  t.deepEqual(
    rule?.facts.filter(({ fact }) => ['client', 'request', 'expiry'].includes(fact)).map(({ words }) => words),
    ['applies to every client', 'every request is allowed', 'never expires'],
  );
});

test('a name is explained as far as its look-up when no answers are given, a literal to the end', (t) => {
  const sketch = { allow: [{ to: ['api.example', '10.40.0.0/16'] }] };
  const name = explained(sketch, connect('api.example:443'));
  t.is(name.verdict.kind, 'admission');
  t.false(name.passedBy.some(({ facts }) => facts.some(({ fact }) => fact === 'address')));
  const literal = explained(sketch, connect('10.40.0.1:443'));
  t.is(literal.verdict.kind, 'permit');
  t.is(literal.passedBy[0]?.facts.at(-1)?.words, '10.40.0.1 is special (private use, RFC 1918), and listed');
});

test('the nearest are rules that list the host, then rules for which as much holds, with names that end alike first', (t) => {
  const allow = [
    { id: 'unlike', to: ['a.test'] },
    { id: 'alike', to: ['files.corp.example'] },
    { id: 'expired', to: ['b.test'], expires: '2026-01-31' },
    { id: 'two-facts', to: ['web.corp.example'], ports: [80], protocol: 'http' as const },
    { id: 'one-fact', to: ['*.corp.example'], ports: [80] },
    { id: 'sixth', to: ['c.test'], ports: [1], expires: '2026-01-31' },
  ];
  const told = explained({ allow }, connect('web.corp.example:443'));
  t.deepEqual(ids(told.nearest), ['one-fact', 'two-facts', 'alike', 'unlike', 'expired']);
});

test('a deny entry that matched is reported with the reason of its author', (t) => {
  const deny = [{ id: 'metadata', to: ['169.254.169.254'], reason: 'hands out credentials' }];
  const allow = [{ ...api, resolvesTo: ['169.254.0.0/16'] }];
  const matched = {
    rule: { policy: 'sample', id: 'metadata', file: 'sample.yaml', line: 1010 },
    reason: 'hands out credentials',
  };
  t.deepEqual(explained({ allow, deny }, connect('169.254.169.254:80')).deniedBy, matched);
  t.deepEqual(explained({ allow, deny }, connect('api.example:443'), ['169.254.169.254']).deniedBy, matched);
});

test('what observe lets pass is explained as the denial it would be', (t) => {
  const told = explained({ mode: 'observe', allow: [api] }, connect('api.example:8443'));
  t.is(told.verdict.kind, 'admission');
  t.deepEqual(told.passedBy, []);
  t.is(told.nearest[0]?.failed === 'none' ? '' : told.nearest[0]?.failed.words, 'port 8443 is not among 443');
});

test('without a policy there is nothing to explain', (t) => {
  const told = explained({}, connect('api.example:443'));
  t.like(told.verdict, { kind: 'denied', reason: 'no_policy' });
  t.deepEqual(told.nearest, []);
});

test('what would go through a tunnel is reported fact by fact', (t) => {
  const thumbprint = 'A'.repeat(40);
  const rule: RuleSketch = { ...api, protocol: 'tentacle', thumbprints: [thumbprint], clientThumbprints: [thumbprint] };
  const told = (seen: Observation, more: Partial<RuleSketch> = {}): readonly string[] => {
    const policy = policies({ allow: [{ ...rule, ...more }] });
    const { passedBy, nearest } = explain(policy, connect('api.example:443'), noon, [ip('8.8.8.8')], undefined, seen);
    const facts = [...passedBy, ...nearest][0]?.facts ?? [];
    return facts.slice(7).map(({ fact, held, words }) => `${held ? 'yes' : 'no'} ${fact}: ${words}`);
  };
  const hidden = { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' } as const;
  t.deepEqual(told(ssh()), ['no traffic: protocol tentacle does not allow SSH']);
  t.deepEqual(told(tls('other.example', { server: hidden, client: { kind: 'absent' } })), [
    'yes traffic: protocol tentacle allows TLS',
    'no server_name: server name other.example is not among api.example',
    'no thumbprint: thumbprint is not visible (TLS 1.3 hides certificates), and unverifiable is probe',
    `no client_thumbprint: no certificate was shown; expected one of ${thumbprint}`,
  ]);
  const certificate = { thumbprint: 'B'.repeat(40), notBefore: 0, notAfter: 4e12 };
  const wrong = tls('api.example', { server: { kind: 'proven', identity: certificate }, client: hidden });
  t.deepEqual(told(wrong, { mode: 'observe' }).slice(2), [
    `no thumbprint: thumbprint ${certificate.thumbprint} is not among ${thumbprint}; the rule observes its pins`,
    'no client_thumbprint: client thumbprint is not visible (TLS 1.3 hides certificates), and a client cannot be probed; the rule observes its pins',
  ]);
  t.deepEqual(told(wrong, { thumbprints: [], clientThumbprints: [] }).slice(2), [
    'yes thumbprint: every thumbprint is allowed',
    'yes client_thumbprint: every client thumbprint is allowed',
  ]);
});

test('an address that no rule may lead to by itself is named for what it is', (t) => {
  t.is(
    why(api, connect('api.example:443'), ['168.63.129.16']),
    '168.63.129.16 is an address of cloud metadata (Azure platform channel (WireServer)), and not in "resolves-to" of the rule',
  );
  const machine = machineWith({ addresses: ['8.8.4.4'] });
  const { nearest } = explain(policies({ allow: [api] }), connect('api.example:443'), noon, [ip('8.8.4.4')], machine);
  t.like(nearest[0]?.failed, {
    words: '8.8.4.4 is an address of the machine that tidegate runs on, and not in "resolves-to" of the rule',
  });
});
