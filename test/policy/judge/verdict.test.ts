import test from 'ava';
import type { Attempt } from '../../../lib/attempt/index.js';
import { connect, forward, judge, outcome, policies, type PolicySketch } from '../samples.js';

const web: PolicySketch = { allow: [{ to: ['api.example', '*.web.example'] }] };
const internal: PolicySketch = {
  allow: [{ to: ['*.corp.example'], except: ['old.corp.example'], resolvesTo: ['10.30.0.0/16'] }],
};
const team: PolicySketch = { users: ['spaces-1.production'], networks: ['10.20.0.0/24'], ...web };
const metadata = { id: 'metadata', to: ['169.254.169.254', 'metadata.google.internal'] };

/** What is written, what is asked, what DNS answers, and what comes of it. */
interface Row {
  readonly policies: readonly PolicySketch[];
  readonly asked: Attempt;
  readonly answers?: readonly string[];
  readonly outcome: string;
}

const table: Record<string, Row> = {
  'a name that a rule lists passes': { policies: [web], asked: connect('api.example:443'), outcome: 'pass' },
  'a name that no rule lists is denied': {
    policies: [web],
    asked: connect('other.example:443'),
    outcome: 'destination_not_allowed',
  },
  'A12: a wildcard covers one label': { policies: [web], asked: connect('a.web.example:443'), outcome: 'pass' },
  'A12: a wildcard covers several labels': {
    policies: [web],
    asked: connect('c.b.a.web.example:443'),
    outcome: 'pass',
  },
  'A12: a wildcard does not cover its own suffix': {
    policies: [web],
    asked: connect('web.example:443'),
    outcome: 'destination_not_allowed',
  },
  'A12: a wildcard ends at a label, not within one': {
    policies: [web],
    asked: connect('evilweb.example:443'),
    outcome: 'destination_not_allowed',
  },
  'A13: a port that no rule lists is denied': {
    policies: [web],
    asked: connect('api.example:8443'),
    outcome: 'port_not_allowed',
  },
  'A13: a range of ports includes both ends': {
    policies: [{ allow: [{ to: ['api.example'], ports: ['8000-8010'] }] }],
    asked: connect('api.example:8010'),
    outcome: 'pass',
  },
  'A15: without a policy everything is denied': {
    policies: [],
    asked: connect('api.example:443'),
    outcome: 'no_policy',
  },
  'A15: a policy that allows nothing is no policy': {
    policies: [{ mode: 'observe', deny: [metadata] }],
    asked: connect('api.example:443'),
    outcome: 'no_policy',
  },
  'A6: a name rule does not cover a literal, whatever the name leads to': {
    policies: [web],
    asked: connect('93.184.216.34:443'),
    outcome: 'destination_not_allowed',
  },
  'A6: an address rule does not cover a name that leads there': {
    policies: [{ allow: [{ to: ['93.184.216.0/24'] }] }],
    asked: connect('api.example:443'),
    outcome: 'destination_not_allowed',
  },
  'an address rule covers a literal': {
    policies: [{ allow: [{ to: ['10.40.0.0/16'], protocol: 'ssh', ports: [22] }] }],
    asked: connect('10.40.3.9:22'),
    outcome: 'pass',
  },
  'an address rule covers an IPv6 literal': {
    policies: [{ allow: [{ to: ['fd00:40::/32'], protocol: 'ssh', ports: [22] }] }],
    asked: connect('[fd00:40::9]:22'),
    outcome: 'pass',
  },
  'A5: a rule for IPv4 does not cover the IPv4-mapped form': {
    policies: [{ allow: [{ to: ['10.0.0.0/8'] }] }],
    asked: connect('[::ffff:10.1.2.3]:443'),
    outcome: 'destination_not_allowed',
  },
  'A5: the IPv4-mapped form of a public address is no public address': {
    policies: [web],
    asked: connect('api.example:443'),
    answers: ['::ffff:93.184.216.34'],
    outcome: 'address_not_allowed',
  },
  'except takes a name out': {
    policies: [internal],
    asked: connect('old.corp.example:443'),
    outcome: 'destination_not_allowed',
  },
  'except takes an address out of a range': {
    policies: [{ allow: [{ to: ['10.40.0.0/16'], except: ['10.40.9.0/24'] }] }],
    asked: connect('10.40.9.1:443'),
    outcome: 'destination_not_allowed',
  },
  'except takes out an address that a name leads to': {
    policies: [{ allow: [{ to: ['*.corp.example'], except: ['10.30.9.0/24'], resolvesTo: ['10.30.0.0/16'] }] }],
    asked: connect('a.corp.example:443'),
    answers: ['10.30.9.1'],
    outcome: 'address_not_allowed',
  },
  'another rule may allow what one takes out by except': {
    policies: [internal, { name: 'old', allow: [{ to: ['old.corp.example'] }] }],
    asked: connect('old.corp.example:443'),
    outcome: 'pass',
  },
  'A7: a name may lead to a globally reachable address': {
    policies: [web],
    asked: connect('api.example:443'),
    answers: ['2606:4700::1'],
    outcome: 'pass',
  },
  'A7: a name may not lead to a private address by itself': {
    policies: [web],
    asked: connect('api.example:443'),
    answers: ['10.30.0.5'],
    outcome: 'address_not_allowed',
  },
  'resolves-to lets a name lead to a private address': {
    policies: [internal],
    asked: connect('a.corp.example:443'),
    answers: ['10.30.0.5'],
    outcome: 'pass',
  },
  'with resolves-to, a name may lead nowhere else, not even to a public address': {
    policies: [internal],
    asked: connect('a.corp.example:443'),
    answers: ['93.184.216.34'],
    outcome: 'address_not_allowed',
  },
  'a name may lead to the addresses of its own rule': {
    policies: [{ allow: [{ to: ['db.corp.example', '10.40.0.0/16'] }] }],
    asked: connect('db.corp.example:443'),
    answers: ['10.40.0.7'],
    outcome: 'pass',
  },
  'law 5: one rule for the name and another for the address do not add up': {
    policies: [
      web,
      { name: 'two', allow: [{ to: ['10.30.0.0/16'] }, { to: ['other.example'], resolvesTo: ['10.30.0.0/16'] }] },
    ],
    asked: connect('api.example:443'),
    answers: ['10.30.0.5'],
    outcome: 'address_not_allowed',
  },
  'protocol tls takes no plain request': {
    policies: [web],
    asked: forward('GET', 'api.example:443', '/'),
    outcome: 'protocol_not_allowed',
  },
  'protocol http takes no tunnel': {
    policies: [{ allow: [{ to: ['api.example'], protocol: 'http', ports: [80] }] }],
    asked: connect('api.example:80'),
    outcome: 'protocol_not_allowed',
  },
  'protocol any takes both': {
    policies: [{ allow: [{ to: ['api.example'], protocol: 'any', ports: [80] }] }],
    asked: forward('GET', 'api.example:80', '/'),
    outcome: 'pass',
  },
  'a rule on its last day holds': {
    policies: [{ allow: [{ to: ['api.example'], expires: '2026-06-15' }] }],
    asked: connect('api.example:443'),
    outcome: 'pass',
  },
  'a rule after its last day does not': {
    policies: [{ allow: [{ to: ['api.example'], expires: '2026-06-14' }] }],
    asked: connect('api.example:443'),
    outcome: 'rule_expired',
  },
  'a policy speaks for its users in its networks': {
    policies: [team],
    asked: connect('api.example:443', { user: 'spaces-1.production', from: '10.20.0.9' }),
    outcome: 'pass',
  },
  'a policy does not speak for its users elsewhere': {
    policies: [team],
    asked: connect('api.example:443', { user: 'spaces-1.production', from: '10.21.0.9' }),
    outcome: 'client_not_allowed',
  },
  'a policy does not speak for others in its networks': {
    policies: [team],
    asked: connect('api.example:443', { user: 'spaces-2.production', from: '10.20.0.9' }),
    outcome: 'client_not_allowed',
  },
  'a policy for users does not speak for a client without one': {
    policies: [team],
    asked: connect('api.example:443', { from: '10.20.0.9' }),
    outcome: 'client_not_allowed',
  },
  'a client no policy speaks for is told so, whatever it asks for': {
    policies: [team],
    asked: connect('other.example:443'),
    outcome: 'client_not_allowed',
  },
  'A16: a deny entry wins over a rule of another file': {
    policies: [web, { name: 'z', deny: [{ to: ['*.example'] }] }],
    asked: connect('api.example:443'),
    outcome: 'destination_denied',
  },
  'A16: a deny entry wins over observe': {
    policies: [{ mode: 'observe', ...web, deny: [metadata] }],
    asked: connect('metadata.google.internal:80'),
    outcome: 'destination_denied',
  },
  'A16: an address that a deny entry matches is not dialled, although the rule would lead there': {
    policies: [{ allow: [{ to: ['api.example'], resolvesTo: ['169.254.0.0/16'] }], deny: [metadata] }],
    asked: connect('api.example:443'),
    answers: ['169.254.169.254'],
    outcome: 'address_denied',
  },
  'a deny entry with ports matches these only': {
    policies: [{ ...web, deny: [{ to: ['api.example'], ports: [25] }] }],
    asked: connect('api.example:443'),
    outcome: 'pass',
  },
  'a deny entry holds for the clients of its policy only': {
    policies: [web, { ...team, name: 'z', deny: [{ to: ['api.example'] }] }],
    asked: connect('api.example:443'),
    outcome: 'pass',
  },
  'observe lets a denied destination pass, and tells': {
    policies: [{ mode: 'observe', ...web }],
    asked: connect('other.example:25'),
    outcome: 'observed destination_not_allowed',
  },
  'observe holds only if every policy that speaks for the client observes': {
    policies: [
      { mode: 'observe', ...web },
      { name: 'z', allow: [{ to: ['z.example'] }] },
    ],
    asked: connect('other.example:25'),
    outcome: 'destination_not_allowed',
  },
  'a policy for other clients does not end observing': {
    policies: [
      { mode: 'observe', ...web },
      { ...team, name: 'z' },
    ],
    asked: connect('other.example:25'),
    outcome: 'observed destination_not_allowed',
  },
  'an observing policy that only denies does not end the observing of others': {
    policies: [
      { mode: 'observe', ...web },
      { name: 'z', mode: 'observe', deny: [metadata] },
    ],
    asked: connect('other.example:25'),
    outcome: 'observed destination_not_allowed',
  },
  'an observing policy that allows nothing lets nothing out to the clients it alone speaks for': {
    policies: [team, { name: 'z', mode: 'observe', deny: [metadata] }],
    asked: connect('other.example:25'),
    outcome: 'destination_not_allowed',
  },
  'observe does not lead to special-purpose addresses that are not private': {
    policies: [{ mode: 'observe', ...web }],
    asked: connect('other.example:443'),
    answers: ['198.18.0.1'],
    outcome: 'address_not_allowed',
  },
  'observe does not let a special-purpose literal pass': {
    policies: [{ mode: 'observe', ...web }],
    asked: connect('127.0.0.1:443'),
    outcome: 'address_not_allowed',
  },
  'observe lets a name lead outside its resolves-to, and tells': {
    policies: [{ mode: 'observe', ...internal }],
    asked: connect('a.corp.example:443'),
    outcome: 'observed address_not_allowed',
  },
  'under observe, a rule that covers a special-purpose address passes it as a rule': {
    policies: [{ mode: 'observe', ...internal }],
    asked: connect('a.corp.example:443'),
    answers: ['10.30.0.5'],
    outcome: 'pass',
  },
};

for (const [sentence, row] of Object.entries(table)) {
  test(sentence, (t) => {
    t.is(outcome(judge(policies(...row.policies), row.asked, row.answers)), row.outcome);
  });
}
