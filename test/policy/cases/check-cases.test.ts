import test from 'ava';
import { denialReasons } from '../../../lib/policy/judge/index.js';
import { summariseProblem } from '../../../lib/text/problems.js';
import { isCaseFile } from '../../../lib/policy/cases/case-file.js';
import { checkCases } from '../../../lib/policy/cases/check-cases.js';
import type { PolicyDocument } from '../../../lib/policy/language/document.js';
import { readPolicies } from '../../../lib/policy/language/reading.js';
import { policySetOf } from '../../../lib/policy/set/assembly.js';

const TODAY = '2026-11-23';

function documents(text: string): readonly PolicyDocument[] {
  const reading = readPolicies([{ path: 'p.yaml', text }], TODAY);
  if (reading.kind === 'problems') throw new Error(reading.problems.map(summariseProblem).join('\n'));
  return reading.documents;
}

const POLICY = `
policy: p
clients: {users: [deployer], networks: [10.20.0.0/16]}
allow:
  - {id: web, to: [web.example.com], protocol: tls}
  - {id: inside, to: ['*.corp.example'], resolves-to: [10.30.0.0/16], protocol: tentacle, expires: 2026-12-31}
  - {id: plain, to: [crl.example.com], protocol: http, methods: [GET], paths: [/crl/*]}
deny:
  - {id: secret, to: [secret.corp.example, 10.30.9.0/24], reason: no}
`;

function check(text: string, of: string = POLICY): readonly string[] {
  const set = policySetOf(documents(of), 'r');
  return checkCases(set, [{ path: 'p.test.yaml', text }]).problems.map(summariseProblem);
}

const CLIENT = 'user: deployer, from: 10.20.0.5';

test('cases that come out as expected pass, and are counted', (t) => {
  const text = `
- {${CLIENT}, connect: 'web.example.com:443', expect: allow, rule: web}
- {${CLIENT}, connect: 'web.example.com:443', answers: [93.184.216.34], expect: allow, rule: p/web}
- {${CLIENT}, connect: 'web.example.com:443', answers: [10.0.0.1], expect: deny, reason: address_not_allowed}
- {${CLIENT}, connect: 'a.corp.example:10933', answers: [10.30.0.1], expect: allow, rule: inside}
- {${CLIENT}, connect: 'a.corp.example:10933', answers: [10.30.9.1], expect: deny, reason: address_denied, rule: secret}
- {${CLIENT}, connect: 'a.corp.example:10933', on: 2026-12-31, expect: allow}
- {${CLIENT}, connect: 'a.corp.example:10933', on: 2027-01-01, expect: deny, reason: rule_expired}
- {${CLIENT}, get: 'http://crl.example.com/crl/a.crl?x=1', expect: allow, rule: plain}
- {${CLIENT}, get: 'http://crl.example.com:8080/crl/a.crl', expect: deny, reason: port_not_allowed}
- {${CLIENT}, get: 'http://crl.example.com', expect: deny, reason: request_not_allowed}
- {${CLIENT}, post: 'http://crl.example.com/crl/a.crl', expect: deny, reason: request_not_allowed}
- {${CLIENT}, connect: 'secret.corp.example:10933', expect: deny, rule: secret, reason: destination_denied}
- {from: 10.20.0.5, connect: 'web.example.com:443', expect: deny, reason: client_not_allowed}
- {connect: 'web.example.com:443', expect: deny}
`;
  const report = checkCases(policySetOf(documents(POLICY), 'r'), [{ path: 'p.test.yaml', text }]);
  t.deepEqual(report, { cases: 14, problems: [] });
});

test('a case that comes out otherwise names its line, what was expected and what happened instead', (t) => {
  t.deepEqual(
    check(`
- {${CLIENT}, connect: 'web.example.com:443', expect: deny, name: closed}
- {${CLIENT}, connect: 'other.example.com:443', expect: allow}
- {${CLIENT}, connect: 'web.example.com:443', expect: allow, rule: inside}
- {${CLIENT}, connect: 'other.example.com:443', expect: deny, reason: port_not_allowed}
- {${CLIENT}, connect: 'web.example.com:443', expect: observe}
`),
    [
      'p.test.yaml:2:77: expected deny, but it is allowed (closed)',
      'p.test.yaml:3:79: expected allow, but it is denied: destination_not_allowed',
      'p.test.yaml:4:90: expected rule "inside", but p/web decides',
      'p.test.yaml:5:93: expected port_not_allowed, but it is destination_not_allowed',
      'p.test.yaml:6:77: expected observe, but it is allowed',
    ],
  );
});

test('deny holds in observe mode too, so that cases survive the step to enforcing; observe says that it passes still', (t) => {
  const cases = `
- {connect: 'other.example.com:443', expect: deny, reason: destination_not_allowed}
- {connect: 'other.example.com:443', expect: observe}
- {connect: 'bad.example.com:443', expect: observe}
`;
  const observing = `
policy: p
mode: observe
allow: [{id: web, to: [web.example.com], protocol: tls}]
deny: [{id: bad, to: [bad.example.com], reason: no}]
`;
  t.deepEqual(check(cases, observing), ['p.test.yaml:4:44: expected observe, but it is denied: destination_denied']);
  t.deepEqual(check(cases, observing.replace('observe', 'enforce')), [
    'p.test.yaml:3:46: expected observe, but it is denied: destination_not_allowed',
    'p.test.yaml:4:44: expected observe, but it is denied: destination_denied',
  ]);
});

const PINNING = `
policy: p
allow:
  - id: tentacles
    to: ['*.corp.example', 10.30.0.0/16]
    resolves-to: [10.30.0.0/16]
    protocol: tentacle
    server-names: [front.example.com]
    thumbprints: [5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2]
    client-thumbprints: [C2A1F0E9D8C7B6A594837261504F3E2D9A6C1F5B]
  - id: seen
    to: [open.example.com]
    protocol: tentacle
    thumbprints: [5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2]
    mode: observe
  - id: linux
    to: [10.40.0.0/16]
    protocol: ssh
    host-keys: ["SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M", "@cert-authority SHA256:iNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M"]
`;

test('a case that states what goes through is judged to the end', (t) => {
  const tentacle = `connect: 'a.corp.example:10933', answers: [10.30.0.1]`;
  const [mine, octopus] = ['5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2', 'C2A1F0E9D8C7B6A594837261504F3E2D9A6C1F5B'];
  const both = `thumbprint: ${mine}, client-thumbprint: ${octopus}`;
  const sha256 = 'NiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M';
  const text = `
- {${tentacle}, ${both}, expect: allow, rule: tentacles}
- {${tentacle}, ${both}, server-name: front.example.com, expect: allow}
- {${tentacle}, ${both}, server-name: b.corp.example, expect: deny, reason: server_name_not_allowed}
- {${tentacle}, ${both}, server-name: none, expect: deny, reason: server_name_not_allowed}
- {connect: '10.30.0.1:10933', ${both}, expect: allow}
- {${tentacle}, thumbprint: ${octopus}, expect: deny, reason: thumbprint_mismatch, rule: tentacles}
- {${tentacle}, thumbprint: hidden, client-thumbprint: ${octopus}, expect: deny, reason: identity_not_visible}
- {${tentacle}, thumbprint: ${mine}, client-thumbprint: none, expect: deny, reason: client_thumbprint_mismatch}
- {${tentacle}, host-key: hidden, expect: deny, reason: traffic_not_allowed}
- {connect: 'open.example.com:10933', answers: [93.184.216.34], thumbprint: ${octopus}, expect: observe, rule: seen}
- {connect: 'open.example.com:10933', answers: [93.184.216.34], thumbprint: ${octopus}, expect: deny, reason: thumbprint_mismatch}
- {connect: '10.40.0.1:22', host-key: "SHA256:u${sha256}", expect: allow}
- {connect: '10.40.0.1:22', host-key: "@cert-authority SHA256:i${sha256}", expect: allow}
- {connect: '10.40.0.1:22', host-key: "SHA256:i${sha256}", expect: deny, reason: host_key_mismatch}
- {connect: '10.40.0.1:22', host-key: hidden, expect: deny, reason: identity_not_visible}
- {connect: '10.40.0.1:22', expect: allow}
`;
  t.deepEqual(check(text, PINNING), []);
});

test('a case cannot state impossible traffic', (t) => {
  const text = `
- {connect: 'a.corp.example:10933', thumbprint: hidden, expect: deny}
- {connect: '10.40.0.1:22', host-key: hidden, thumbprint: hidden, expect: deny}
- {get: 'http://10.40.0.1/', server-name: a.example.com, expect: deny}
- {connect: '10.40.0.1:22', host-key: "SHA256:abc", server-name: 10.0.0.1, expect: deny}
`;
  t.deepEqual(
    check(text, PINNING).map((line) => line.replace(/^p.test.yaml:(\d+):\d+/, '$1')),
    [
      '2: traffic is judged for the address that was dialled',
      '3: a tunnel carries TLS or SSH, not both',
      '4: only tunnels have server names, thumbprints and host keys',
      '5: a tunnel carries TLS or SSH, not both',
      '5: "SHA256:abc" does not pin a host key: SHA256: must be followed by 43 characters of base64 (32 bytes)',
      '5: "10.0.0.1" is not a server name',
    ],
  );
});

test('a case file is read as strictly as a policy', (t) => {
  t.deepEqual(
    check(`
- {connect: 'web.example.com', expect: allow}
- {get: 'https://web.example.com/', expect: allow}
- {connect: 'a.example:1', get: 'http://a.example/', expect: allow}
- {expect: deny}
- {connect: 'a.example:1', expect: maybe}
- {connect: 'a.example:1', expect: deny, reason: whatever}
- {connect: 'a.example:1', expect: allow, reason: no_policy}
- {connect: 'a.example:1', form: 10.0.0.1, expect: deny}
- {connect: 'a.example:1', from: 10.0.0.0/8, expect: deny, answers: []}
- {connect: 'a.example:1', user: 'a:b', expect: deny, on: yesterday}
`).map((line) => line.replace(/^p.test.yaml:(\d+):\d+/, '$1')),
    [
      '2: "web.example.com" is not host:port: authority is not host:port',
      '3: "https://web.example.com/" is not a plain http URL',
      '4: a case makes exactly one request',
      '5: a case makes exactly one request',
      '6: "expect" must be one of allow, deny, observe, not "maybe"',
      `7: "reason" must be one of ${denialReasons.join(', ')}, not "whatever"`,
      '8: "reason" is for denials',
      '9: unknown key "form"',
      '10: "10.0.0.0/8" is not an IP address: IPv4 literal is not a canonical dotted quad',
      '10: "answers" is an empty list',
      '11: "a:b" is not a valid user name',
      '11: "yesterday" is not a day of the calendar',
    ],
  );
  t.deepEqual(check('connect: a:1'), ['p.test.yaml:1:1: the file must be a list, not a mapping']);
  t.deepEqual(check('[]'), ['p.test.yaml:1:1: the file is an empty list']);
});

test('a case without a day does not fail because time goes by', (t) => {
  const expired = POLICY.replace('2026-12-31', '2020-01-01');
  const text = `
- {${CLIENT}, connect: 'a.corp.example:10933', expect: allow}
- {${CLIENT}, connect: 'a.corp.example:10933', on: 2020-01-02, expect: deny, reason: rule_expired}
`;
  t.deepEqual(check(text, expired), []);
});

test('case files are reported by their name', (t) => {
  t.true(isCaseFile('a.test.yaml') && isCaseFile('a.test.yml') && isCaseFile('A.TEST.YAML'));
  t.false(isCaseFile('test.yaml') || isCaseFile('a.yaml') || isCaseFile('a.test.yaml.bak') || isCaseFile('atest.yaml'));
});
