import test from 'ava';
import { admit, assembleAtOnce, compile, lineToAdd, readPolicies } from '../../../lib/policy/index.js';
import { connect, forward, noon } from '../samples.js';

const asked: Omit<Parameters<typeof lineToAdd>[0], 'nearest' | 'passing' | 'dropped'> = {
  reason: 'address_not_allowed',
  client: { user: 'web.node1' },
  host: 'web01.corp.example',
  port: 10933,
  kind: 'tunnel',
  method: 'CONNECT',
  path: 'not_known',
};
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
});

const denied = { ...asked, passing: [], dropped: [] };
const near = (failed: string) => [{ policy: 'p', id: 'r', failed }];

test('what the nearest rule lacks is proposed for it', (t) => {
  const line = (reason: string, more: object = {}): string =>
    lineToAdd({ ...denied, reason, nearest: near(reason), ...more });
  t.is(line('port_not_allowed', { port: 8443 }), 'add to "ports" of rule p/r: 8443');
  t.is(line('client_not_allowed'), 'add to "clients" of policy p: users: ["web.node1"]');
  t.is(
    line('client_not_allowed', { client: { ip: '10.20.0.7' } }),
    'add to "clients" of policy p: networks: ["10.20.0.7"]',
  );
  t.is(line('destination_not_allowed'), 'remove it from "except" of rule p/r: "web01.corp.example"');
  t.is(
    line('destination_not_allowed', { host: '10.20.0.10' }),
    'add a rule: - {id: new-rule, to: ["10.20.0.10"], protocol: tentacle}',
  );
  t.is(line('rule_expired'), 'set a later "expires" in rule p/r');
  const forwarded = { kind: 'forward', method: 'DELETE', path: '/a"b' };
  t.is(
    line('request_not_allowed', forwarded),
    'add to rule p/r what it lacks of: methods: [DELETE], paths: ["/a\\"b"]',
  );
});

test('a rule for another protocol is not made wider: a port that has a usual protocol gets a separate rule', (t) => {
  const nearest = near('port_not_allowed');
  t.is(
    lineToAdd({ ...denied, reason: 'port_not_allowed', port: 22, nearest }),
    'add a rule: - {id: new-rule, to: ["web01.corp.example"], protocol: ssh}',
  );
  t.is(
    lineToAdd({
      ...denied,
      reason: 'protocol_not_allowed',
      port: 8080,
      kind: 'forward',
      nearest: near('protocol_not_allowed'),
    }),
    'add a rule: - {id: new-rule, to: ["web01.corp.example"], protocol: http, ports: [8080]}',
  );
});

test('the rule that is proposed where none lists the destination is one that allows it', (t) => {
  for (const [host, port, kind] of [
    ['api.example', 443, 'tunnel'],
    ['api.example', 8443, 'tunnel'],
    ['linux.example', 22, 'tunnel'],
    ['web01.example', 10933, 'tunnel'],
    ['api.example', 80, 'forward'],
    ['api.example', 8080, 'forward'],
    ['93.184.216.34', 443, 'tunnel'],
    ['2001:db8::1', 22, 'tunnel'],
  ] as const) {
    const line = lineToAdd({ ...denied, reason: 'destination_not_allowed', host, port, kind, nearest: [] });
    const [, rule = ''] = /^add a rule: (.*)$/.exec(line) ?? [];
    const read = readPolicies([{ path: 'a.yaml', text: `policy: a\nallow:\n  ${rule}\n` }], '2026-06-01');
    if (read.kind === 'problems') return t.fail(JSON.stringify(read.problems));
    const written = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const attempt = kind === 'tunnel' ? connect(written) : forward('GET', written, '/');
    t.is(admit(assembleAtOnce(compile(read.documents, 'r')), attempt, noon).kind, 'admission', line);
  }
  return undefined;
});

test('no rule is proposed against a deny entry, and none for cloud metadata or tidegate itself', (t) => {
  for (const reason of ['destination_denied', 'address_denied', 'own_listener', 'none', 'malformed']) {
    t.is(lineToAdd({ ...denied, reason, nearest: [] }), 'none');
  }
  t.is(lineToAdd({ ...denied, reason: 'destination_not_allowed', host: '169.254.169.254', nearest: [] }), 'none');
});
