import test from 'ava';
import fc from 'fast-check';
import { answers, attempts, documents, moments } from '../arbitraries.js';
import { connect, document, forward, ip, machineWith, noMachine, noon, type PolicySketch } from '../samples.js';
import { logInFor } from '../../../lib/policy/log-in/index.js';
import {
  admit,
  anyUser,
  logInAtAdmit,
  logInAtPermit,
  permit,
  policySetOf,
  type KnownUsers,
  type LogIn,
  type LogInQuestion,
  type PolicyDocument,
  type PolicySet,
} from '../../../lib/policy/index.js';
import type { Attempt } from '../../../lib/attempt/index.js';

type Judged = ReturnType<typeof admit> | ReturnType<typeof permit>;

const OWN = machineWith({ listeners: ['93.184.216.34'] });

function set(...sketches: readonly PolicySketch[]): PolicySet {
  return policySetOf(
    sketches.map((sketch, index) => document({ name: `p${index}`, ...sketch })),
    'r',
  );
}

function question(policy: PolicySet, attempt: Attempt, users: KnownUsers = anyUser, now = noon): LogInQuestion {
  return { policy, attempt, now, users };
}

/** The user that a log-in would help, or `'none'`. */
function helped(policy: PolicySet, attempt: Attempt, found?: readonly string[], users?: KnownUsers): string {
  const logIn = logInFor(question(policy, attempt, users), found?.map(ip) ?? 'not_resolved', noMachine);
  return logIn === 'none' ? 'none' : logIn.user;
}

function anonymous(attempt: Attempt): Attempt {
  return { ...attempt, client: { ...attempt.client, identity: { kind: 'network' } } };
}

function as(attempt: Attempt, user: string): Attempt {
  return { ...attempt, client: { ...attempt.client, identity: { kind: 'basic', user } } };
}

const feeds = { to: ['feed.example'] };
const asked = connect('feed.example:443');

test('a log-in helps where no rule lets a client without a user pass, and one does for a user', (t) => {
  const policy = set({ users: ['ada'], allow: [feeds] });
  t.is(helped(policy, asked), 'ada');
  t.is(helped(policy, connect('other.example:443')), 'none');
  t.is(helped(policy, connect('feed.example:8443')), 'none');
  t.is(helped(policy, forward('GET', 'feed.example:443', '/')), 'none');
});

test('no log-in is needed where a rule lets a client without a user pass', (t) => {
  t.is(helped(set({ allow: [feeds] }, { users: ['ada'], allow: [feeds] }), asked), 'none');
  t.is(helped(set({ users: 'anonymous', allow: [feeds] }, { users: ['ada'], allow: [feeds] }), asked), 'none');
});

test('what is observed is asked the same as what is enforced', (t) => {
  for (const mode of ['observe', 'enforce'] as const) {
    const policy = set({ mode, allow: [{ to: ['open.example'] }] }, { mode, users: ['ada'], allow: [feeds] });
    t.is(helped(policy, asked), 'ada', mode);
    t.is(helped(policy, connect('open.example:443')), 'none', mode);
    t.is(helped(policy, connect('unlisted.example:443')), 'none', mode);
  }
});

test('who is denied without a user, and would be observed as one, is asked', (t) => {
  const watched = set({ mode: 'observe', users: ['ada'], allow: [feeds] });
  t.is(helped(watched, connect('unlisted.example:443')), 'ada');
  const both = set({ mode: 'observe', users: ['ada'], allow: [feeds] }, { users: ['ada'], allow: [feeds] });
  t.is(helped(both, connect('unlisted.example:443')), 'none');
  const enforced = set({ mode: 'observe', users: ['ada'], allow: [feeds] }, { allow: [feeds] });
  t.is(helped(enforced, connect('unlisted.example:443')), 'none');
});

test('a log-in helps no one where the network or a deny entry stands against it too', (t) => {
  t.is(helped(set({ users: ['ada'], networks: ['10.0.0.0/8'], allow: [feeds] }), asked), 'none');
  t.is(helped(set({ users: ['ada'], allow: [feeds] }, { deny: [feeds] }), asked), 'none');
  t.is(helped(set({ users: ['ada'], allow: [feeds] }, { users: ['ada'], deny: [feeds] }), asked), 'none');
  t.is(helped(set({ users: ['ada', 'bob'], allow: [feeds] }, { users: ['ada'], deny: [feeds] }), asked), 'bob');
});

test('a user that the users file does not have does not make it ask', (t) => {
  const policy = set({ users: ['ada', 'bob'], allow: [feeds] });
  t.is(helped(policy, asked, undefined, new Set(['bob', 'eve'])), 'bob');
  t.is(helped(policy, asked, undefined, new Set(['eve'])), 'none');
  t.is(helped(policy, asked, undefined, new Set()), 'none');
});

test('a user that no policy names is helped by a log-in where only clients without one are kept out', (t) => {
  const policy = set({ allow: [feeds] }, { users: 'anonymous', deny: [feeds] });
  t.is(helped(policy, asked, undefined, new Set(['eve'])), 'eve');
  t.is(helped(policy, asked, undefined, new Set()), 'none');
});

test('once the name was looked up, a log-in helps where only a rule for a user leads to the address', (t) => {
  const corp = { to: ['*.corp.example'] };
  const policy = set({ allow: [corp] }, { users: ['ada'], allow: [{ ...corp, resolvesTo: ['10.1.0.0/16'] }] });
  const app = connect('app.corp.example:443');
  t.is(helped(policy, app), 'none');
  t.is(helped(policy, app, ['10.1.0.9']), 'ada');
  t.is(helped(policy, app, ['10.2.0.9']), 'none');
  t.is(helped(policy, app, ['93.184.216.34']), 'none');
});

/** What a log-in would lead to, worked out by asking the judge for each user in turn. */
function byAsking(users: readonly string[], judged: Judged, judgeAs: (user: string) => Judged): boolean {
  if (judged.kind !== 'denied' && judged.ground.kind === 'rules') return false;
  return users.map(judgeAs).some((as) => {
    return as.kind !== 'denied' && (as.ground.kind === 'rules' || judged.kind === 'denied');
  });
}

test('the answer is the same as if every user were tried, whatever the policies and the users', (t) => {
  const told = { admit: { yes: 0, no: 0 }, permit: { yes: 0, no: 0 } };
  const count = (stage: keyof typeof told, logIn: LogIn | 'none', expected: boolean): void => {
    if ((logIn !== 'none') !== expected) throw new Error(`${stage}: ${JSON.stringify(logIn)}, expected ${expected}`);
    told[stage][expected ? 'yes' : 'no'] += 1;
  };
  const known = fc.subarray(['u1', 'u2', 'u3']);
  const law = fc.property(documents, attempts, answers, moments, known, (files, given, found, now, users) => {
    const policy = policySetOf(files, 'r');
    const attempt = anonymous(given);
    const asking = question(policy, attempt, new Set(users), now);
    const admission = admit(policy, attempt, now);
    const admittedAs = (user: string): ReturnType<typeof admit> => admit(policy, as(attempt, user), now);
    count('admit', logInAtAdmit(asking, admission), byAsking(users, admission, admittedAs));
    if (admission.kind === 'denied') return;
    const addresses = found.map(ip);
    const permitted = permit(admission, addresses, OWN);
    const expected = byAsking(users, permitted, (user) => {
      const admitted = admittedAs(user);
      return admitted.kind === 'denied' ? admitted : permit(admitted, addresses, OWN);
    });
    count('permit', logInAtPermit(asking, permitted, addresses, OWN), expected);
  });
  fc.assert(law, { numRuns: 6_000 });
  for (const [stage, { yes, no }] of Object.entries(told))
    t.true(yes > 3 && no > 200, `${stage}: ${yes} yes, ${no} no`);
});

test('the user who is named passes, and on the ground that is given', (t) => {
  const law = fc.property(documents, attempts, moments, (files, given, now) => {
    const policy = policySetOf(files, 'r');
    const attempt = anonymous(given);
    const logIn = logInAtAdmit(
      question(policy, attempt, new Set(['u1', 'u2', 'u3']), now),
      admit(policy, attempt, now),
    );
    if (logIn === 'none') return;
    const verdict = admit(policy, as(attempt, logIn.user), now);
    if (verdict.kind === 'denied') throw new Error(`${logIn.user} is denied`);
    t.deepEqual(verdict.ground, logIn.ground);
  });
  t.notThrows(() => fc.assert(law, { numRuns: 2_000 }));
});

test('a client that is observed is asked exactly where it is asked once all is enforced', (t) => {
  let compared = 0;
  const inMode = (files: readonly PolicyDocument[], mode: PolicyDocument['mode']): PolicySet =>
    policySetOf(
      files.map((file) => ({ ...file, mode })),
      mode,
    );
  const law = fc.property(documents, attempts, (files, given) => {
    const attempt = anonymous(given);
    const observing = inMode(files, 'observe');
    const admission = admit(observing, attempt, noon);
    if (admission.kind === 'denied') return;
    const enforcing = inMode(files, 'enforce');
    const observed = logInAtAdmit(question(observing, attempt), admission);
    const enforced = logInAtAdmit(question(enforcing, attempt), admit(enforcing, attempt, noon));
    if ((observed === 'none') !== (enforced === 'none')) throw new Error('asked in one mode only');
    compared += 1;
  });
  fc.assert(law, { numRuns: 2_000 });
  t.true(compared > 100, String(compared));
});
