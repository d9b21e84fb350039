import test from 'ava';
import type { Attempt } from '../../../lib/attempt/index.js';
import {
  connect,
  forward,
  ip,
  judge,
  machineWith,
  noMachine,
  noon,
  outcome,
  policies,
  tls,
  type PolicySketch,
} from '../samples.js';
import {
  admit,
  clear,
  emptyPolicySet,
  permit,
  stillCleared,
  type Denial,
  type Permit,
  type PolicySet,
} from '../../../lib/policy/index.js';

const web: PolicySketch = { allow: [{ to: ['api.example', '*.web.example'] }] };
const metadata = { id: 'metadata', to: ['169.254.169.254', 'metadata.google.internal'] };

function permitted(policy: PolicySet, asked: Attempt, answers: readonly string[]): Permit {
  const admission = admit(policy, asked, noon);
  if (admission.kind === 'denied') throw new Error(`not admitted: ${admission.reason}`);
  const granted = permit(admission, answers.map(ip), machineWith({ listeners: ['198.51.100.200'] }));
  if (granted.kind === 'denied') throw new Error(`not permitted: ${granted.reason}`);
  return granted;
}

function denial(policy: PolicySet, asked: Attempt, answers?: readonly string[]): Denial {
  const verdict = judge(policy, asked, answers, {
    machine: machineWith({ listeners: ['198.51.100.200'] }),
  });
  if (verdict.kind !== 'denied') throw new Error('not denied');
  return verdict;
}

test('A7: of mixed answers only the good ones are permitted, in their order, and each other one is reported with its reason', (t) => {
  const policy = policies({
    allow: [{ to: ['api.example'], resolvesTo: ['10.30.0.0/16', '169.254.0.0/16', '198.51.100.0/24'] }],
    deny: [metadata],
  });
  const answers = ['10.31.0.1', '10.30.0.2', '169.254.169.254', '93.184.216.34', '198.51.100.200', '10.30.0.1'];
  const { addresses, dropped } = permitted(policy, connect('api.example:443'), answers);
  t.deepEqual(
    addresses.map(({ text }) => text),
    ['10.30.0.2', '10.30.0.1'],
  );
  t.deepEqual(
    dropped.map(({ address, reason }) => [address.text, reason]),
    [
      ['10.31.0.1', 'special_purpose'],
      ['169.254.169.254', 'address_denied'],
      ['93.184.216.34', 'address_not_allowed'],
      ['198.51.100.200', 'own_listener'],
    ],
  );
});

test('a denial for want of an address reports every answer, and takes the gravest reason', (t) => {
  const policy = policies({ ...web, deny: [metadata] });
  const told = denial(policy, connect('api.example:443'), ['10.0.0.1', '198.51.100.200', '169.254.169.254']);
  t.is(told.reason, 'address_denied');
  t.like(told.rule, { id: 'metadata', file: 'sample.yaml', line: 1010 });
  t.deepEqual(told.dropped === 'not_reached' ? [] : told.dropped.map(({ reason }) => reason), [
    'special_purpose',
    'own_listener',
    'address_denied',
  ]);
  const without = denial(policies(web), connect('api.example:443'), ['10.0.0.1']);
  t.is(without.reason, 'address_not_allowed');
  t.like(without.rule, { id: 'rule-1' });
});

test('A14: our own listeners are refused whatever the rule, for a literal and for a name, also under observe', (t) => {
  const wide = { to: ['api.example', '198.51.100.0/24'], resolvesTo: ['198.51.100.0/24'] };
  for (const mode of ['enforce', 'observe'] as const) {
    const policy = policies({ mode, allow: [wide] });
    t.is(denial(policy, connect('api.example:443'), ['198.51.100.200']).reason, 'own_listener');
    t.is(denial(policy, connect('198.51.100.200:443')).reason, 'own_listener');
  }
});

test('an address literal leads to itself, whatever answers are handed in', (t) => {
  const policy = policies({ allow: [{ to: ['10.40.0.0/16'] }] });
  const { addresses } = permitted(policy, connect('10.40.0.1:443'), ['10.40.0.2', '93.184.216.34']);
  t.deepEqual(
    addresses.map(({ text }) => text),
    ['10.40.0.1'],
  );
});

test('law 3: an address that was not permitted is not cleared, also under observe', (t) => {
  for (const mode of ['enforce', 'observe'] as const) {
    const granted = permitted(policies({ mode, ...web }), connect('api.example:443'), ['93.184.216.34']);
    const verdict = clear(granted, ip('93.184.216.35'), tls('api.example'), noon);
    t.is(outcome(verdict), 'address_not_allowed');
  }
});

test('law 5: at clear, a rule stands only for the address that was dialled', (t) => {
  const policy = policies({
    allow: [
      { id: 'one', to: ['api.example'], resolvesTo: ['10.1.0.0/16'] },
      { id: 'two', to: ['api.example'], resolvesTo: ['10.2.0.0/16'] },
      { id: 'both', to: ['api.example'], resolvesTo: ['10.0.0.0/8'] },
    ],
  });
  const granted = permitted(policy, connect('api.example:443'), ['10.1.0.1', '10.2.0.1']);
  const ids = (verdict: ReturnType<typeof clear>): readonly string[] =>
    verdict.kind === 'clearance' && verdict.ground.kind === 'rules' ? verdict.ground.rules.map(({ id }) => id) : [];
  t.deepEqual(granted.ground.kind === 'rules' ? granted.ground.rules.map(({ id }) => id) : [], ['one', 'two', 'both']);
  t.deepEqual(ids(clear(granted, ip('10.1.0.1'), tls('api.example'), noon)), ['one', 'both']);
  t.deepEqual(ids(clear(granted, ip('10.2.0.1'), tls('api.example'), noon)), ['two', 'both']);
});

test('a denial reports the nearest rules, and takes its reason from the first', (t) => {
  const policy = policies({
    allow: [
      { id: 'two-facts', to: ['api.example'], ports: [1], protocol: 'http' },
      { id: 'one-fact', to: ['*.example'], ports: [22] },
      { id: 'also-one', to: ['api.example'], expires: '2026-01-31' },
      { id: 'three-facts', to: ['api.example'], ports: [1], protocol: 'http', expires: '2026-01-31' },
    ],
  });
  const told = denial(policy, connect('api.example:443'));
  t.is(told.reason, 'rule_expired');
  t.like(told.rule, { policy: 'sample', id: 'also-one', file: 'sample.yaml', line: 30 });
  t.deepEqual(
    told.nearest.map(({ rule, failed }) => [rule.id, failed]),
    [
      ['also-one', 'rule_expired'],
      ['one-fact', 'port_not_allowed'],
      ['two-facts', 'port_not_allowed'],
    ],
  );
  t.is(told.revision, 'revision-1');
  t.is(told.dropped, 'not_reached');
});

test('the nearest rule is one for the protocol of the port, then one that names the host, whatever their order', (t) => {
  const web = { id: 'web', to: ['*.corp.example'], protocol: 'tls' } as const;
  const shell = { id: 'shell', to: ['linux.corp.example'], protocol: 'ssh' } as const;
  const anyShell = { id: 'any-shell', to: ['*.corp.example'], protocol: 'ssh' } as const;
  const exact = { id: 'exact', to: ['linux.corp.example'], protocol: 'tls' } as const;
  const first = (asked: string, ...allow: NonNullable<PolicySketch['allow']>): readonly string[] =>
    [allow, allow.toReversed()].map((rules) => {
      const others = { allow: rules, users: ['team'] };
      const { rule } = denial(policies(others, { name: 'z', allow: [{ to: ['z.example'] }] }), connect(asked));
      return rule === 'none' ? rule : rule.id;
    });
  t.deepEqual(first('linux.corp.example:22', web, shell), ['shell', 'shell']);
  t.deepEqual(first('linux.corp.example:22', web, anyShell), ['any-shell', 'any-shell']);
  t.deepEqual(first('linux.corp.example:22', exact, anyShell), ['any-shell', 'any-shell']);
  t.deepEqual(first('linux.corp.example:443', web, shell, exact), ['exact', 'exact']);
  t.deepEqual(first('linux.corp.example:8443', web, exact), ['exact', 'exact']);
  const range = { id: 'range', to: ['10.40.0.0/16'], protocol: 'ssh' } as const;
  const address = { id: 'address', to: ['10.40.0.5'], protocol: 'ssh' } as const;
  t.deepEqual(first('10.40.0.5:22', range, address, { ...range, id: 'tls', protocol: 'tls' } as const), [
    'address',
    'address',
  ]);
});

test('a denial for which no rule lists the host names no rule', (t) => {
  const told = denial(policies(web), connect('other.example:443'));
  t.deepEqual([told.rule, told.nearest], ['none', []]);
});

test('an address that a rule by name leads to is denied, and that rule is the nearest', (t) => {
  const set = policies({
    allow: [
      { id: 'grpc', to: ['octopus.corp.example'], resolvesTo: ['10.20.0.0/24'], ports: [8443] },
      { id: 'web', to: ['octopus.corp.example'], resolvesTo: ['10.20.0.0/24'], ports: [443] },
      { id: 'others', to: ['*.corp.example'], ports: [8443] },
    ],
  });
  const ask = (authority: string): Denial => denial(set, connect(authority));
  const told = ask('10.20.0.10:8443');
  t.is(told.reason, 'destination_not_allowed');
  t.deepEqual(
    told.nearest.map(({ rule, failed }) => [rule.id, failed]),
    [['grpc', 'destination_not_allowed']],
  );
  t.deepEqual(ask('10.20.1.10:8443').nearest, []);
  t.deepEqual(ask('10.20.0.10:22').nearest, []);
});

test('a denial names the contact of the policy that denies, or of the one that names the client most narrowly', (t) => {
  const set = policies(
    { name: 'all', contact: 'all', allow: [{ to: ['shared.example'] }], deny: [{ to: ['denied.example'] }] },
    { name: 'net', contact: 'net', networks: ['10.20.0.0/16'], allow: [{ to: ['net.example'] }] },
    { name: 'team', contact: 'team', users: ['web'], allow: [{ to: ['team.example'] }] },
    { name: 'other', contact: 'other', users: ['else'], allow: [{ to: ['other.example'] }] },
    { name: 'silent', users: ['quiet'], allow: [{ to: ['quiet.example'] }] },
  );
  const contact = (asked: string, user: string): string =>
    denial(set, connect(asked, { user, from: '10.20.0.7' })).contact;
  t.is(contact('nowhere.example:443', 'web'), 'team');
  t.is(contact('shared.example:8443', 'web'), 'all', 'its rule is the nearest, and for this client');
  t.is(contact('denied.example:443', 'web'), 'all');
  t.is(contact('other.example:443', 'web'), 'team', 'the policy of others says nothing to this client');
  t.is(contact('nowhere.example:443', 'quiet'), 'net');
});

test('L2: a denial says whether the nearest rule looks at paths, since only then a record may hold one', (t) => {
  const policy = policies({ allow: [{ to: ['api.example'], protocol: 'http', ports: [80], paths: ['/v1/*'] }] });
  t.true(denial(policy, forward('GET', 'api.example:80', '/v2')).readsPaths);
  t.false(denial(policy, forward('GET', 'other.example:80', '/v1/')).readsPaths);
});

test('an open tunnel is judged again by the policy of the day', (t) => {
  const clearance = judge(policies(web), connect('api.example:443'));
  if (clearance.kind === 'denied') throw new Error('denied');
  const again = (policy: PolicySet): string => outcome(stillCleared(policy, clearance, noon, noMachine));
  t.is(again(policies(web)), 'pass');
  t.is(again(policies({ allow: [{ to: ['other.example'] }] })), 'destination_not_allowed');
  t.is(again(policies({ allow: [{ to: ['api.example'], resolvesTo: ['10.0.0.0/8'] }] })), 'address_not_allowed');
  t.is(again(policies(web, { name: 'z', deny: [{ to: ['93.184.216.34'] }] })), 'address_denied');
  t.is(again(emptyPolicySet('none')), 'no_policy');
  const later = stillCleared(
    policies({ allow: [{ to: ['api.example'], expires: '2026-06-15' }] }),
    clearance,
    new Date('2026-06-16T00:00:00Z'),
    noMachine,
  );
  t.is(outcome(later), 'rule_expired');
});
