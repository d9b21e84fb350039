import test from 'ava';
import { lineToAdd } from '../../../lib/policy/index.js';

const asked = { reason: 'address_not_allowed', host: 'web01.corp.example', port: 10933, kind: 'tunnel' } as const;
const leads = { passing: ['10.30.0.7', 'fd00::7'], dropped: [] };

test('a rule that holds but for the address is to get resolves-to', (t) => {
  const nearest = [{ policy: 'production', id: 'tentacles', failed: 'address_not_allowed' }];
  t.is(
    lineToAdd({ ...asked, ...leads, nearest }),
    'add to rule production/tentacles: resolves-to: ["10.30.0.7", "fd00::7"]',
  );
});

test('without such a rule a whole one is proposed, by protocol and port, for a name and for an address', (t) => {
  const nearest = [{ policy: 'production', id: 'web', failed: 'port_not_allowed' }];
  t.is(
    lineToAdd({ ...asked, ...leads, nearest }),
    'add a rule: - {id: new-rule, to: ["web01.corp.example"], resolves-to: ["10.30.0.7", "fd00::7"], protocol: tentacle}',
  );
  const literal = { ...asked, host: '10.30.0.7', passing: ['10.30.0.7'], dropped: [], nearest: [] };
  t.is(lineToAdd({ ...literal, port: 22 }), 'add a rule: - {id: new-rule, to: ["10.30.0.7"], protocol: ssh}');
  t.is(lineToAdd({ ...literal, port: 443 }), 'add a rule: - {id: new-rule, to: ["10.30.0.7"], protocol: tls}');
  t.is(
    lineToAdd({ ...literal, kind: 'forward', port: 8081 }),
    'add a rule: - {id: new-rule, to: ["10.30.0.7"], protocol: http, ports: [8081]}',
  );
});

test('of a denied attempt the addresses that a rule may list are proposed, and never cloud metadata', (t) => {
  const dropped = [
    { ip: '10.30.0.7', reason: 'special_purpose' },
    { ip: '100.100.100.200', reason: 'cloud_metadata' },
    { ip: '10.0.0.1', reason: 'address_denied' },
  ];
  const nearest = [{ policy: 'p', id: 'r', failed: 'address_not_allowed' }];
  t.is(lineToAdd({ ...asked, passing: [], dropped, nearest }), 'add to rule p/r: resolves-to: ["10.30.0.7"]');
  t.is(lineToAdd({ ...asked, passing: [], dropped: dropped.slice(1), nearest }), 'none');
  t.is(lineToAdd({ ...asked, reason: 'port_not_allowed', passing: [], dropped, nearest }), 'none');
});
