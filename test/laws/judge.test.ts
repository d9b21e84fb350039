import test from 'ava';
import fc from 'fast-check';
import type { Attempt, Observation } from '../../lib/attempt/index.js';
import {
  answers,
  attempts,
  denies,
  documents,
  moments,
  rules,
  seenOf,
  traffic,
  tunnelled,
} from '../policy/arbitraries.js';
import { oracle, type Oracle } from '../policy/oracle.js';
import { connect, document, ip, judge, machineWith, noMachine, noon, outcome } from '../policy/samples.js';
import {
  admit,
  clear,
  explain,
  permit,
  policySetOf,
  proceed,
  stillCleared,
  watchFor,
  type Clearance,
  type Denial,
  type PolicyDocument,
} from '../../lib/policy/index.js';

const runs = { numRuns: 1_000 };
const OWN = '93.184.216.34';
const NOT_REACHED = { kind: 'not_reached' } as const;
const machine = machineWith({ listeners: [OWN] });
const isOwn = ({ text }: { readonly text: string }): boolean => text === OWN;

/** What an attempt may be dialled at: an address literal leads to itself. */
function destinationsOf({ destination: { host } }: Attempt, found: readonly string[]): readonly string[] {
  return host.kind === 'address' ? [host.address.text] : found.map((text) => ip(text).text);
}

function judged(
  files: readonly PolicyDocument[],
  attempt: Attempt,
  found: readonly string[],
  now: Date,
  seen?: Observation,
): Clearance | Denial {
  return judge(policySetOf(files, 'r'), attempt, found, { machine, now, ...(seen && { seen }) });
}

const passes = (verdict: Clearance | Denial): boolean => verdict.kind === 'clearance';

/** What the oracle would call the verdict. */
function called(verdict: Clearance | Denial): Oracle {
  if (verdict.kind === 'denied') return 'denied';
  if (verdict.ground.kind === 'observed') return 'observed';
  return verdict.wouldDeny === 'none' ? 'pass' : 'pins_observed';
}

test('laws 1, 5, A6, A7, A12 to A16: a clearance exists exactly when one rule holds for every fact and nothing denies it', (t) => {
  const told = new Map<string, number>();
  const law = fc.property(documents, attempts, answers, moments, traffic, (files, attempt, found, now, carried) => {
    const seen = seenOf(attempt, carried);
    for (const text of destinationsOf(attempt, found)) {
      const expected = oracle(files, { attempt, now, address: ip(text), isOwn: text === OWN, seen });
      const verdict = judged(files, attempt, [text], now, seen);
      const is = called(verdict);
      if (is !== expected) throw new Error(`the oracle says ${expected}, the judge ${outcome(verdict)}`);
      told.set(is, (told.get(is) ?? 0) + 1);
    }
  });
  fc.assert(law, { numRuns: 4_000 });
  // The worlds the law was tried in are varied enough to mean something.
  for (const one of ['pass', 'observed', 'denied']) t.true((told.get(one) ?? 0) > 40, `${one}: ${told.get(one) ?? 0}`);
});

test('laws 5 and 11, T1 to T4: traffic passes exactly where one rule holds for all of it, be it by observing its pins', (t) => {
  const told = new Map<string, number>();
  const count = (one: string): unknown => told.set(one, (told.get(one) ?? 0) + 1);
  const law = fc.property(tunnelled, traffic, ({ files, attempt }, carried) => {
    const seen = seenOf(attempt, carried);
    const expected = oracle(files, { attempt, now: noon, address: ip('10.1.2.3'), isOwn: false, seen });
    const verdict = judged(files, attempt, ['10.1.2.3'], noon, seen);
    if (called(verdict) !== expected) throw new Error(`the oracle says ${expected}, the judge ${outcome(verdict)}`);
    count(expected);
    const denial = verdict.kind === 'denied' ? verdict : verdict.wouldDeny;
    if (denial !== 'none') count(denial.reason);
    for (const { fact, outcome } of verdict.checks) count(`${fact} ${outcome}`);
  });
  fc.assert(law, { numRuns: 4_000 });
  const varied = [
    ...['pass', 'observed', 'denied', 'pins_observed', 'traffic_not_allowed', 'server_name_not_allowed'],
    ...['thumbprint_mismatch', 'client_thumbprint_mismatch', 'host_key_mismatch', 'identity_not_visible'],
    ...['thumbprint', 'client_thumbprint', 'host_key'].flatMap((fact) =>
      ['verified', 'probed', 'mismatch', 'not_visible', 'not_checked'].map((one) => `${fact} ${one}`),
    ),
  ];
  for (const one of varied) t.true((told.get(one) ?? 0) > 20, `${one}: ${told.get(one) ?? 0}`);
});

test('law 5: every address of a permit, and no dropped one, is one that a rule leads to', (t) => {
  const law = fc.property(documents, attempts, answers, (files, attempt, found) => {
    const admission = admit(policySetOf(files, 'r'), attempt, noon);
    if (admission.kind === 'denied') return;
    const permitted = permit(admission, found.map(ip), machine);
    if (permitted.kind === 'denied') return;
    const wanted = permitted.ground.kind === 'rules' ? 'pass' : 'observed';
    for (const address of permitted.addresses) {
      const told = oracle(files, { attempt, now: noon, address, isOwn: isOwn(address), seen: 'not_yet' });
      if (told !== wanted) throw new Error(`${address.text} is permitted (${wanted}); the oracle says ${told}`);
    }
    const told = [...permitted.addresses, ...permitted.dropped.map(({ address }) => address)].map(({ text }) => text);
    if (told.toSorted().join() !== destinationsOf(attempt, found).toSorted().join())
      throw new Error('an answer is lost');
  });
  t.notThrows(() => fc.assert(law, runs));
});

test('law 5: the rules of a clearance all hold for the address that was dialled and for the traffic, and no other rule does', (t) => {
  const law = fc.property(documents, attempts, answers, traffic, (files, attempt, found, carried) => {
    const admission = admit(policySetOf(files, 'r'), attempt, noon);
    const permitted = admission.kind === 'denied' ? admission : permit(admission, found.map(ip), machine);
    if (permitted.kind === 'denied') return;
    const seen = seenOf(attempt, carried);
    for (const address of permitted.addresses) {
      const verdict = clear(permitted, address, seen, noon);
      const told =
        verdict.kind === 'denied' || verdict.ground.kind === 'observed'
          ? []
          : verdict.ground.rules.map(({ policy, id }) => `${policy}/${id}`);
      const expected = files.flatMap((file) =>
        file.allow
          .filter((rule) => {
            const alone = [{ ...file, allow: [rule] }];
            return oracle(alone, { attempt, now: noon, address, isOwn: false, seen }) === called(verdict);
          })
          .map(({ id }) => `${file.name}/${id}`),
      );
      if (called(verdict) === 'denied' || called(verdict) === 'observed') t.deepEqual(told, []);
      else t.deepEqual(told.toSorted(), expected.toSorted());
    }
  });
  fc.assert(law, runs);
});

test('law 5: what proceeds goes on as far as a rule may still hold, and what is whole is judged the same', (t) => {
  const law = fc.property(documents, attempts, answers, traffic, (files, attempt, found, carried) => {
    const admission = admit(policySetOf(files, 'r'), attempt, noon);
    const permitted = admission.kind === 'denied' ? admission : permit(admission, found.map(ip), machine);
    if (permitted.kind === 'denied') return;
    const seen = seenOf(attempt, carried);
    const [address] = permitted.addresses;
    const before = { ...carried, server: NOT_REACHED, client: NOT_REACHED, hostKey: NOT_REACHED };
    const early = proceed(permitted, address, seenOf(attempt, before), noon);
    const late = proceed(permitted, address, seen, noon);
    const whole = clear(permitted, address, seen, noon);
    // INVARIANT: what was turned away early would have been so at the end, and the rules of the end were watched before.
    if (early.kind === 'denied') t.is(late.kind, 'denied');
    if (late.kind === 'denied') t.is(whole.kind, 'denied');
    if (whole.kind === 'denied' || whole.ground.kind === 'observed' || early.kind === 'denied') return;
    const protocols = whole.ground.rules.map(({ protocol }) => protocol);
    for (const protocol of protocols) t.true(early.watch.protocols.includes(protocol));
    for (const protocol of early.watch.protocols) t.true(watchFor(permitted, address).protocols.includes(protocol));
  });
  fc.assert(law, runs);
});

test('law 6: the order of rules and of files changes nothing, not even the explanation', (t) => {
  const shuffled = documents.chain((files) =>
    fc
      .tuple(
        fc.shuffledSubarray(files, { minLength: files.length }),
        ...files.map(({ allow }) => fc.shuffledSubarray([...allow], { minLength: allow.length })),
      )
      .map(([order, ...allows]) => {
        const reordered = new Map(files.map((file, index) => [file, { ...file, allow: allows[index] ?? [] }]));
        return { files, others: order.map((file) => reordered.get(file) ?? file) };
      }),
  );
  const law = fc.property(shuffled, attempts, answers, traffic, ({ files, others }, attempt, found, carried) => {
    const seen = seenOf(attempt, carried);
    t.deepEqual(judged(others, attempt, found, noon, seen), judged(files, attempt, found, noon, seen));
  });
  fc.assert(law, runs);
});

test('law 6: one more rule in a policy never turns a pass into a denial', (t) => {
  const law = fc.property(
    documents,
    fc.nat(3),
    rules,
    attempts,
    answers,
    traffic,
    (files, at, rule, attempt, found, carried) => {
      const seen = seenOf(attempt, carried);
      const [added] = document({ name: 'file-1', allow: [{ ...rule, id: 'added', line: 5 }] }).allow;
      const more = files.map((file, index) =>
        index === at && added ? { ...file, allow: [...file.allow, added] } : file,
      );
      return !passes(judged(files, attempt, found, noon, seen)) || passes(judged(more, attempt, found, noon, seen));
    },
  );
  t.notThrows(() => fc.assert(law, runs));
});

test('A16: one more deny entry never turns a denial into a pass', (t) => {
  const law = fc.property(documents, fc.nat(3), denies, attempts, answers, (files, at, entry, attempt, found) => {
    const [added] = document({ name: 'file-1', deny: [{ ...entry, id: 'added', line: 5 }] }).deny;
    const more = files.map((file, index) => (index === at && added ? { ...file, deny: [...file.deny, added] } : file));
    return passes(judged(files, attempt, found, noon)) || !passes(judged(more, attempt, found, noon));
  });
  t.notThrows(() => fc.assert(law, runs));
});

test('A16: what a deny entry matches is denied, by host or by every address, also where everything only observes', (t) => {
  const law = fc.property(documents, attempts, answers, fc.boolean(), (files, attempt, found, byHost) => {
    const { host } = attempt.destination;
    const hosts = [host.kind === 'name' ? host.name : host.address.text];
    const denying = document({
      name: 'z',
      mode: 'observe',
      deny: [{ to: byHost ? hosts : destinationsOf(attempt, found) }],
    });
    t.is(judged([...files, denying], attempt, found, noon).kind, 'denied');
  });
  fc.assert(law, runs);
});

test('A15: without policies, or with policies that allow nothing, everything is denied for want of a policy', (t) => {
  const law = fc.property(documents, attempts, answers, (files, attempt, found) => {
    const barren = files.map((file) => ({ ...file, allow: [] }));
    t.is(outcome(judged(barren, attempt, found, noon)), 'no_policy');
  });
  fc.assert(law, runs);
});

test('law 5: two rules that each fail one fact never add up to a pass', (t) => {
  const whole = { to: ['a.example'], protocol: 'tls', ports: [443], resolvesTo: ['10.1.0.0/16'] } as const;
  const halves = [
    { ...whole, to: ['b.example'] },
    { ...whole, ports: [8443] },
    { ...whole, protocol: 'http' },
    { ...whole, expires: '2026-06-14' },
    { ...whole, resolvesTo: ['10.2.0.0/16'] },
    { ...whole, methods: ['GET'] },
  ] as const;
  const asked = connect('a.example:443');
  t.is(outcome(judged([document({ allow: [whole] })], asked, ['10.1.0.1'], noon)), 'pass');
  for (const [index, one] of halves.entries()) {
    for (const other of halves.slice(index + 1)) {
      const together = judged([document({ allow: [one, other] })], asked, ['10.1.0.1'], noon);
      const apart = judged(
        [document({ name: 'p', allow: [one] }), document({ name: 'q', allow: [other] })],
        asked,
        ['10.1.0.1'],
        noon,
      );
      t.deepEqual([together.kind, apart.kind], ['denied', 'denied']);
    }
  }
});

test('a clearance judged again by the policy it came from still stands', (t) => {
  const law = fc.property(documents, attempts, answers, traffic, (files, attempt, found, carried) => {
    const policy = policySetOf(files, 'r');
    const clearance = judge(policy, attempt, found, { machine, seen: seenOf(attempt, carried) });
    if (clearance.kind === 'denied') return;
    t.is(stillCleared(policy, clearance, noon, machine).kind, 'clearance');
    t.is(stillCleared(policySetOf([], 'empty'), clearance, noon, machine).kind, 'denied');
  });
  fc.assert(law, runs);
});

test('the explainer gives the verdict of the judge, and a reason for each', (t) => {
  const law = fc.property(documents, attempts, answers, moments, (files, attempt, found, now) => {
    const policy = policySetOf(files, 'r');
    const admission = admit(policy, attempt, now);
    const verdict = admission.kind === 'denied' ? admission : permit(admission, found.map(ip), noMachine);
    const explained = explain(policy, attempt, now, found.map(ip));
    t.deepEqual(explained.verdict, verdict);
    const ground = verdict.kind === 'denied' ? 'none' : verdict.ground;
    const told = ground !== 'none' && ground.kind === 'rules' ? ground.rules.map(({ id }) => id) : [];
    t.deepEqual(
      explained.passedBy.map(({ rule }) => rule.id),
      told,
    );
    t.true(explained.passedBy.every(({ failed }) => failed === 'none'));
    const denial = ground === 'none' ? verdict : ground.kind === 'observed' ? ground.wouldDeny : 'none';
    if (denial === 'none' || denial.kind !== 'denied') return;
    const near = denial.nearest.map(({ rule: { policy, id } }) => `${policy}/${id}`);
    const nearest = explained.nearest.map(({ rule: { policy, id } }) => `${policy}/${id}`);
    t.deepEqual(nearest.slice(0, near.length), near);
  });
  fc.assert(law, runs);
});
