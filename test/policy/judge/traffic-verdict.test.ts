import test from 'ava';
import type { Certificate, HostKey, Observation, Shown } from '../../../lib/attempt/index.js';
import {
  connect,
  ip,
  judge,
  noMachine,
  noon,
  outcome,
  policies,
  ssh,
  tls,
  type PolicySketch,
  type RuleSketch,
} from '../samples.js';
import {
  admit,
  clear,
  permit,
  proceed,
  stillCleared,
  watchFor,
  type Clearance,
  type Denial,
  type Permit,
  type Proceeding,
} from '../../../lib/policy/index.js';

const [good, other, octopus] = ['A'.repeat(40), 'B'.repeat(40), 'C'.repeat(40)];
const [key, second] = [`SHA256:${'A'.repeat(43)}`, `SHA256:${'E'.repeat(43)}`];
const there = ip('93.184.216.34');

const tentacle: RuleSketch = { id: 'tentacle', to: ['api.example'], protocol: 'tentacle', thumbprints: [good] };
const server: RuleSketch = { id: 'server', to: ['api.example'], protocol: 'ssh', ports: [443], hostKeys: [key] };

function certificate(kind: 'proven' | 'probed' | 'forged', thumbprint: string): Shown<Certificate> {
  return { kind, identity: { thumbprint, notBefore: 0, notAfter: 4e12 } };
}

function hostKey(sha256: string): HostKey {
  return { type: 'ssh-ed25519', sha256, md5: 'MD5:other', certificate: 'none' };
}

const claimed = (sha256: string): Observation => ssh({ kind: 'claimed', identity: hostKey(sha256), probe: 'not_made' });
const shows = (shown: Shown<Certificate>): Observation => tls('api.example', { server: shown });
const hidden: Shown<Certificate> = { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' };

function permitted(...sketches: readonly PolicySketch[]): Permit {
  const admission = admit(policies(...sketches), connect('api.example:443'), noon);
  const granted = admission.kind === 'denied' ? admission : permit(admission, [there], noMachine);
  if (granted.kind === 'denied') throw new Error(granted.reason);
  return granted;
}

function cleared(rules: readonly RuleSketch[], seen: Observation): Clearance | Denial {
  return clear(permitted({ allow: rules }), there, seen, noon);
}

function proceeding(rules: readonly RuleSketch[], soFar: Observation): Proceeding | Denial {
  return proceed(permitted({ allow: rules }), there, soFar, noon);
}

const standing = ({ ground }: Clearance | Proceeding): readonly string[] =>
  ground.kind === 'rules' ? ground.rules.map(({ id }) => id) : [];

test('T1, T4: what was not inspected, and unknown traffic, passes only rules for anything', (t) => {
  const any: RuleSketch = { id: 'any', to: ['api.example'], protocol: 'any' };
  for (const protocol of ['not_checked', 'unknown', 'silent'] as const) {
    const both = cleared([{ to: ['api.example'] }, any], { protocol });
    t.deepEqual(both.kind === 'clearance' && standing(both), ['any']);
    t.is(outcome(cleared([{ to: ['api.example'] }], { protocol })), 'traffic_not_allowed');
  }
});

test('T2: a name that the rule lists beside the host passes; another rule does not lend its names (law 5)', (t) => {
  const own = { to: ['api.example'], serverNames: ['front.example', '*.api.example'] };
  for (const name of ['api.example', 'front.example', 'a.b.api.example'])
    t.is(outcome(cleared([own], tls(name))), 'pass');
  for (const name of ['none', 'x.front.example', 'evil.example'])
    t.is(outcome(cleared([own], tls(name))), 'server_name_not_allowed', name);
  const apart = [{ to: ['api.example'] }, { to: ['front.example'], serverNames: ['api.example'] }];
  t.is(outcome(cleared(apart, tls('front.example'))), 'server_name_not_allowed');
});

test('law 5: two rules with one pin each do not add up', (t) => {
  const seen = tls('api.example', { server: certificate('proven', good), client: certificate('proven', octopus) });
  const one = { ...tentacle, clientThumbprints: [other] };
  const two = { ...tentacle, thumbprints: [other], clientThumbprints: [octopus] };
  t.is(outcome(cleared([one, two], seen)), 'client_thumbprint_mismatch');
  t.is(outcome(cleared([{ ...tentacle, clientThumbprints: [octopus] }], seen)), 'pass');
});

test('law 11: what is claimed, hidden or missing is neither verified nor a mismatch, and unverifiable says what then', (t) => {
  const claim: Shown<Certificate> = {
    kind: 'claimed',
    identity: { thumbprint: good, notBefore: 0, notAfter: 4e12 },
    probe: 'not_made',
  };
  for (const shown of [claim, hidden, { kind: 'absent' }, { kind: 'not_reached' }] as const) {
    const told = (unverifiable: 'allow' | 'deny' | 'probe'): string =>
      outcome(cleared([{ ...tentacle, unverifiable }], shows(shown)));
    t.deepEqual([told('allow'), told('deny'), told('probe')], ['pass', 'identity_not_visible', 'identity_not_visible']);
  }
  const bad = { ...claim, identity: { ...claim.identity, thumbprint: other } };
  for (const unverifiable of ['allow', 'deny', 'probe'] as const) {
    const rules = [{ ...tentacle, unverifiable }];
    t.is(outcome(cleared(rules, shows(bad))), 'thumbprint_mismatch');
    t.is(outcome(cleared(rules, shows(certificate('forged', good)))), 'thumbprint_mismatch');
    t.is(outcome(cleared(rules, shows(certificate('probed', good)))), 'pass');
  }
});

test('discovery, which shows no client certificate, is not the Octopus that a rule pins', (t) => {
  const rules = [{ ...tentacle, clientThumbprints: [octopus], unverifiable: 'allow' }] as const;
  const seen = tls('api.example', { server: certificate('proven', good), client: { kind: 'absent' } });
  t.is(outcome(cleared(rules, seen)), 'client_thumbprint_mismatch');
  t.is(outcome(cleared([tentacle], seen)), 'pass');
});

test('a claimed host key is enough, unless the rule wants it probed', (t) => {
  t.is(outcome(cleared([server], claimed(key))), 'pass');
  t.is(outcome(cleared([server], claimed(second))), 'host_key_mismatch');
  const probing = [{ ...server, unverifiable: 'probe' }] as const;
  t.is(outcome(cleared(probing, claimed(key))), 'identity_not_visible');
  t.is(outcome(cleared(probing, ssh({ kind: 'probed', identity: hostKey(key) }))), 'pass');
  t.is(outcome(cleared(probing, ssh({ kind: 'probed', identity: hostKey(second) }))), 'host_key_mismatch');
});

test('a rule that observes lets failing pins pass and reports them; protocol and server name it enforces', (t) => {
  const observing = { ...tentacle, mode: 'observe' } as const;
  const verdict = cleared([observing], shows(certificate('proven', other)));
  t.is(outcome(verdict), 'observed thumbprint_mismatch');
  t.like(verdict.kind === 'clearance' && verdict.wouldDeny, {
    reason: 'thumbprint_mismatch',
    rule: { id: 'tentacle' },
  });
  t.like(verdict.checks[1], { fact: 'thumbprint', expected: [good], seen: other, outcome: 'mismatch' });
  t.is(outcome(cleared([observing], shows(hidden))), 'observed identity_not_visible');
  t.is(outcome(cleared([observing], tls('evil.example'))), 'server_name_not_allowed');
  t.is(outcome(cleared([observing], ssh())), 'traffic_not_allowed');
  t.is(outcome(cleared([{ ...server, mode: 'observe' }], claimed(second))), 'observed host_key_mismatch');
});

test('a rule that holds wholly outweighs one that observes', (t) => {
  const rules = [
    { ...tentacle, id: 'watched', mode: 'observe' },
    { ...tentacle, id: 'holds', thumbprints: [other] },
  ] as const;
  const verdict = cleared(rules, shows(certificate('proven', other)));
  t.is(outcome(verdict), 'pass');
  t.deepEqual(verdict.kind === 'clearance' && standing(verdict), ['holds']);
  t.like(verdict.checks[1], { expected: [other], outcome: 'verified' });
});

test('the checks of a denial are those of the rule that came nearest', (t) => {
  const names = { ...tentacle, id: 'front', serverNames: ['front.example'] };
  const verdict = cleared(
    [{ ...tentacle, id: 'first' }, names, { ...server, id: 'ssh' }],
    tls('front.example', { server: certificate('proven', other) }),
  );
  t.like(verdict, { kind: 'denied', reason: 'thumbprint_mismatch', rule: { id: 'front' } });
  t.deepEqual(verdict.kind === 'denied' && verdict.nearest.map(({ rule, failed }) => [rule.id, failed]), [
    ['front', 'thumbprint_mismatch'],
    ['first', 'server_name_not_allowed'],
    ['ssh', 'traffic_not_allowed'],
  ]);
  t.deepEqual(
    verdict.checks.map(({ fact, outcome }) => [fact, outcome]),
    [
      ['server_name', 'verified'],
      ['thumbprint', 'mismatch'],
      ['client_thumbprint', 'not_checked'],
    ],
  );
});

test('where every policy observes, traffic that fails passes and reports what would deny it', (t) => {
  const verdict = clear(
    permitted({ mode: 'observe', allow: [tentacle] }),
    there,
    shows(certificate('forged', good)),
    noon,
  );
  t.is(verdict.kind === 'clearance' && verdict.ground.kind, 'observed');
  t.is(outcome(verdict), 'observed thumbprint_mismatch');
  t.is(verdict.checks[1]?.outcome, 'mismatch');
});

test('what is not reached holds so far, and not when nothing more will be looked at', (t) => {
  const rules = [{ ...tentacle, clientThumbprints: [octopus] }];
  t.is(proceeding(rules, tls('api.example')).kind, 'proceeding');
  t.is(proceeding(rules, shows(certificate('proven', good))).kind, 'proceeding');
  t.like(proceeding(rules, shows(certificate('proven', other))), { reason: 'thumbprint_mismatch' });
  t.like(proceeding(rules, shows(hidden)), { reason: 'identity_not_visible' });
  t.like(proceeding(rules, tls('evil.example')), { reason: 'server_name_not_allowed' });
  t.is(outcome(cleared(rules, shows(certificate('proven', good)))), 'identity_not_visible');
});

test('what is to be watched are the protocols of the rules that still stand, and probes where one of them wants any', (t) => {
  const watch = (...rules: readonly RuleSketch[]): unknown => watchFor(permitted({ allow: rules }), there);
  t.deepEqual(watch(tentacle, server), { protocols: ['tentacle', 'ssh'], probes: true });
  t.deepEqual(watch(server), { protocols: ['ssh'], probes: false });
  t.deepEqual(watch({ ...tentacle, thumbprints: [] }), { protocols: ['tentacle'], probes: false });
  t.deepEqual(watch({ ...tentacle, thumbprints: [], mode: 'observe' }), { protocols: ['tentacle'], probes: true });
  t.deepEqual(watch({ ...tentacle, unverifiable: 'deny' }), { protocols: ['tentacle'], probes: false });
  t.deepEqual(watch({ ...tentacle, thumbprints: [], clientThumbprints: [octopus] }), {
    protocols: ['tentacle'],
    probes: false,
  });
  const observed = permitted({ mode: 'observe', allow: [{ to: ['other.example'] }] });
  t.deepEqual(watchFor(observed, there), { protocols: [], probes: false });
  const far = proceeding([{ to: ['api.example'] }, tentacle, server], tls('api.example'));
  t.deepEqual(far.kind === 'proceeding' && far.watch, { protocols: ['tls', 'tentacle'], probes: true });
});

test('where every policy observes, what already failed is watched on, so that the record has all of it', (t) => {
  const granted = permitted({ mode: 'observe', allow: [tentacle, server] });
  const far = proceed(granted, there, tls('evil.example'), noon);
  t.deepEqual(far.kind === 'proceeding' && far.watch.protocols, ['tentacle']);
  t.is(far.kind === 'proceeding' && far.wouldDeny !== 'none' && far.wouldDeny.reason, 'server_name_not_allowed');
});

test('an open tunnel is judged again by what was seen of it: what was not looked at is not visible to a new pin', (t) => {
  const open = judge(policies({ allow: [{ to: ['api.example'] }] }), connect('api.example:443'));
  if (open.kind === 'denied') throw new Error(open.reason);
  const again = (rule: RuleSketch): string => outcome(stillCleared(policies({ allow: [rule] }), open, noon, noMachine));
  t.is(again({ to: ['api.example'] }), 'pass');
  t.is(again({ ...tentacle, unverifiable: 'allow' }), 'pass');
  t.is(again(tentacle), 'identity_not_visible');
  t.is(again({ ...tentacle, mode: 'observe' }), 'observed identity_not_visible');
  t.is(again(server), 'traffic_not_allowed');
});

test('an open tunnel is not ended because the certificate of its host has expired since', (t) => {
  const authority = { type: 'ssh-ed25519', sha256: second, md5: 'MD5:x' };
  const certificate = {
    authority,
    principals: ['api.example'],
    notBefore: 0,
    notAfter: noon.getTime() + 1000,
    holds: true,
  };
  const seen = ssh({ kind: 'claimed', identity: { ...hostKey(key), certificate }, probe: 'not_made' });
  const policy = policies({ allow: [{ ...server, hostKeys: [`@cert-authority ${second}`] }] });
  const open = judge(policy, connect('api.example:443'), undefined, { seen });
  if (open.kind === 'denied') throw new Error(open.reason);
  const later = new Date(noon.getTime() + 3_600_000);
  t.is(outcome(stillCleared(policy, open, later, noMachine)), 'pass');
  t.is(outcome(judge(policy, connect('api.example:443'), undefined, { seen, now: later })), 'host_key_mismatch');
});
