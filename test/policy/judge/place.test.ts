import test from 'ava';
import { connect, judge, machineWith, outcome, policies, type PolicySketch } from '../samples.js';

const rule = { to: ['*.corp.example'] };
const observing: PolicySketch = { mode: 'observe', allow: [rule] };
const machine = machineWith({ addresses: ['10.9.9.9', '93.184.216.99', 'fd00::99'] });

function judged(sketch: PolicySketch, destination: string, answers: readonly string[] = []): string {
  return outcome(judge(policies(sketch), connect(destination), answers, { machine }));
}

const PRIVATE = ['10.1.2.3', '172.16.4.5', '192.168.1.1', '100.64.0.7', 'fd12::7'];
const NEVER = [
  '127.0.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '198.18.0.1',
  '::1',
  'ff02::1',
  '::ffff:10.1.2.3',
  '64:ff9b::a01:203',
];
const METADATA = ['169.254.169.254', 'fe80::a9fe:a9fe', '100.100.100.200', '168.63.129.16', '192.0.0.192'];
const METADATA_6 = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42'];
const OWN = ['10.9.9.9', '93.184.216.99', 'fd00::99'];
const literal = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip);

for (const ip of PRIVATE) {
  test(`A7: observed, ${ip} passes by number, as an unlisted name and by a rule without resolves-to`, (t) => {
    t.is(judged(observing, `${literal(ip)}:10933`), 'observed address_not_allowed');
    t.is(judged(observing, 'unlisted.example:443', [ip]), 'observed address_not_allowed');
    t.is(judged(observing, 'web.corp.example:443', [ip]), 'observed address_not_allowed');
    t.is(judged({ allow: [rule] }, 'web.corp.example:443', [ip]), 'address_not_allowed');
  });
}

for (const ip of [...NEVER, ...METADATA, ...METADATA_6, ...OWN]) {
  test(`A7: ${ip} is denied in observe mode too, by number and by name, unless a rule lists it`, (t) => {
    t.is(judged(observing, `${literal(ip)}:443`), 'address_not_allowed');
    t.is(judged(observing, 'unlisted.example:443', [ip]), 'address_not_allowed');
    t.is(judged(observing, 'web.corp.example:443', [ip]), 'address_not_allowed');
    t.is(judged({ allow: [rule] }, 'web.corp.example:443', [ip]), 'address_not_allowed');
    t.is(judged({ allow: [{ ...rule, resolvesTo: [ip] }] }, 'web.corp.example:443', [ip]), 'pass');
    t.is(judged({ allow: [{ to: [ip] }] }, `${literal(ip)}:443`), 'pass');
    t.is(judged({ allow: [{ to: [...rule.to, ip] }] }, 'web.corp.example:443', [ip]), 'pass');
  });
}

test('A7: a name that leads to private and to forbidden addresses is dialled at the private one only', (t) => {
  const verdict = judge(
    policies(observing),
    connect('web.corp.example:443'),
    ['100.100.100.200', '10.1.2.3', '10.9.9.9', '127.0.0.1'],
    { machine },
  );
  t.is(outcome(verdict), 'observed address_not_allowed');
  const dropped = verdict.kind === 'denied' || verdict.wouldDeny === 'none' ? 'not_reached' : verdict.wouldDeny.dropped;
  t.deepEqual(dropped === 'not_reached' ? [] : dropped.map(({ reason }) => reason), [
    'cloud_metadata',
    'special_purpose',
    'own_address',
    'special_purpose',
  ]);
  t.is(verdict.kind === 'clearance' ? verdict.address.text : '', '10.1.2.3');
});

test('a rule that fails by its port is what would deny a private destination, not its address', (t) => {
  const sketch: PolicySketch = { mode: 'observe', allow: [{ ...rule, resolvesTo: ['10.0.0.0/8'] }] };
  t.is(judged(sketch, 'web.corp.example:8443', ['10.1.2.3']), 'observed port_not_allowed');
});

test('one policy that enforces is enough to deny private addresses', (t) => {
  const both = policies(observing, { allow: [{ to: ['x.example'] }] });
  t.is(outcome(judge(both, connect('10.1.2.3:443'), [], { machine })), 'destination_not_allowed');
});
