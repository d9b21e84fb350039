import test from 'ava';
import { hashPassword, type PasswordHash, passwordMatches, readPasswordHash } from '../../lib/users/password-hash.js';
import { CHECK_QUEUE, type Comparison, Verifier } from '../../lib/users/verifier.js';

const HERE = '192.0.2.1';
const THERE = '192.0.2.2';
const [ours, others] = [await hashed('right'), await hashed('other')];

async function hashed(password: string): Promise<PasswordHash> {
  const hash = readPasswordHash(await hashPassword(password));
  if (hash === 'foreign') throw new Error('unreadable');
  return hash;
}

/** Compares without scrypt: whether the right password was brought, after one turn of the event loop. */
const quickly: Comparison = async (password, hash) => {
  await new Promise(setImmediate);
  return (password === 'right' && hash === ours) || (password === 'other' && hash === others);
};

/** A verifier whose checks wait longer for their turn than any machine takes. */
function verifier(now = () => 0, matches = quickly): Verifier {
  const made = new Verifier(now, matches, { ...CHECK_QUEUE, waitMs: 120_000 });
  made.use(
    new Map([
      ['a', ours],
      ['b', others],
    ]),
  );
  return made;
}

/** A verifier, and how many passwords it has compared. */
function counted(): { made: Verifier; checks: () => number } {
  let checks = 0;
  const made = verifier(undefined, (password, hash) => {
    checks += 1;
    return quickly(password, hash);
  });
  return { made, checks: () => checks };
}

/** Says `password` for user a, `times` times one after the other, and tells what was answered. */
async function repeated(made: Verifier, times: number, password: string, from = HERE): Promise<string[]> {
  const answers = [];
  for (let n = 0; n < times; n += 1) answers.push(await made.verify('a', password, from));
  return answers;
}

test('the right password is verified; a wrong one, another user or an unknown one is rejected', async (t) => {
  const made = verifier(undefined, passwordMatches);
  t.is(await made.verify('a', 'right', HERE), 'verified');
  t.is(await made.verify('b', 'right', HERE), 'rejected');
  t.is(await made.verify('nobody', 'right', HERE), 'rejected');
  t.is(await made.verify('', '', HERE), 'rejected');
  t.is(await made.verify('a', 'right\0', HERE), 'rejected');
});

test('ten wrong passwords in a minute for one user from one address end the work on them', async (t) => {
  let time = 0;
  const made = verifier(() => time);
  const answers = await repeated(made, 12, 'wrong');
  t.deepEqual(answers, [...Array<string>(10).fill('rejected'), 'rate_limited', 'rate_limited']);
  t.is(await made.verify('a', 'right', HERE), 'rate_limited');
  t.is(await made.verify('a', 'right', THERE), 'verified');
  t.is(await made.verify('b', 'other', HERE), 'verified');
  time = 60_000;
  t.is(await made.verify('a', 'right', HERE), 'verified');
});

test('who is remembered as right stays so, whatever wrong passwords come from the same address', async (t) => {
  const made = verifier();
  t.is(await made.verify('a', 'right', HERE), 'verified');
  await repeated(made, 1_000, 'wrong');
  t.is(await made.verify('a', 'right', HERE), 'verified');
});

test('what is remembered for one address is not a way to guess quickly from another', async (t) => {
  const made = verifier();
  t.is(await made.verify('a', 'right', HERE), 'verified');
  await repeated(made, 10, 'wrong', THERE);
  t.is(await made.verify('a', 'right', THERE), 'rate_limited');
});

test('a guess counts when it begins: of 64 at the same time ten are worked out', async (t) => {
  const { made, checks } = counted();
  const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => made.verify('a', `guess-${n}`, HERE)));
  t.is(checks(), 10);
  t.is(answers.filter((answer) => answer === 'rate_limited').length, 54);
});

test('a right password counts as no guess, however often it is checked', async (t) => {
  let time = 0;
  const made = verifier(() => time);
  for (let n = 0; n < 200; n += 1) {
    t.is(await made.verify('a', 'right', HERE), 'verified');
    // Forgotten after five minutes without use: each is checked.
    time += 5 * 60_000;
  }
  t.is(made.status().counts.verified, 200);
});

test('ten thousand invented names do not make the limits forget', async (t) => {
  const made = verifier();
  await repeated(made, 10, 'wrong');
  for (let n = 0; n < 20_000; n += 1) await made.verify(`invented-${n}`, 'x', n % 2 === 0 ? HERE : THERE);
  t.is(await made.verify('a', 'right', HERE), 'rate_limited');
  t.is(await made.verify('b', 'other', THERE), 'rate_limited');
});

test('a text that can be the name or password of no user is wrong without a check', async (t) => {
  const made = verifier(undefined, () => Promise.reject(new Error('checked')));
  t.is(await made.verify('x'.repeat(65), 'x', HERE), 'rejected');
  t.is(await made.verify('a', 'x'.repeat(129), HERE), 'rejected');
  t.is(await made.verify('', '', HERE), 'rejected');
});

test('a check that fails does not count as a guess', async (t) => {
  let fails = true;
  const made = verifier(undefined, (password, hash) =>
    fails ? Promise.reject(new Error('no memory')) : quickly(password, hash),
  );
  for (let n = 0; n < 20; n += 1) await t.throwsAsync(made.verify('a', 'right', HERE), { message: 'no memory' });
  fails = false;
  t.is(await made.verify('a', 'right', HERE), 'verified');
});

test('an address that tries many names is limited as a whole, without locking out who is known', async (t) => {
  const made = verifier();
  t.is(await made.verify('a', 'right', HERE), 'verified');
  for (let batch = 0; batch < 5; batch += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => made.verify(`guess-${batch}-${n}`, 'x', HERE)));
  }
  t.is(await made.verify('b', 'other', HERE), 'rate_limited');
  t.is(await made.verify('a', 'right', HERE), 'verified');
  t.is(await made.verify('b', 'other', THERE), 'verified');
});

test('a hundred connections with the same credentials cost one check', async (t) => {
  const { made, checks } = counted();
  const right = await Promise.all(Array.from({ length: 100 }, () => made.verify('a', 'right', HERE)));
  t.deepEqual(new Set(right), new Set(['verified']));
  const wrong = await Promise.all(Array.from({ length: 100 }, () => made.verify('a', 'wrong', HERE)));
  t.deepEqual(new Set(wrong), new Set(['rejected']));
  t.is(checks(), 2);
  t.is(await made.verify('a', 'wrong again', HERE), 'rejected');
});

test('two checks run at once, never more, and the others in the order they came', async (t) => {
  const order: string[] = [];
  let running = 0;
  const made = verifier(undefined, async (password, hash) => {
    running += 1;
    t.true(running <= 2);
    order.push(password);
    const answer = await quickly(password, hash);
    running -= 1;
    return answer;
  });
  const passwords = Array.from({ length: 9 }, (_, n) => `p${n}`);
  await Promise.all(passwords.map((password) => made.verify('a', password, HERE)));
  t.deepEqual(order, passwords);
});

test('a check that finds no room is busy, and counts as no wrong password', async (t) => {
  const made = verifier();
  const flood = Array.from({ length: 2_000 }, (_, n) => made.verify(`name-${n % 90}`, 'x', `192.0.2.${n % 250}-${n}`));
  const victim = await made.verify('a', 'right', HERE);
  const answers = await Promise.all(flood);
  t.deepEqual([...new Set([victim, ...answers])].sort(), ['busy', 'rejected']);
  t.is(answers.filter((answer) => answer === 'rejected').length, 1_026);
  t.is(await made.verify('a', 'right', HERE), 'verified');
  t.deepEqual(made.status(), {
    counts: { verified: 1, remembered: 0, rejected: 1_026, rate_limited: 0, busy: 975 },
    waiting: 0,
  });
});

test('an address whose checks fill its part of the queue has no more than that part', async (t) => {
  const made = verifier();
  const flood = Array.from({ length: 90 }, (_, n) => made.verify(`name-${n}`, 'x', THERE));
  t.is(await made.verify('a', 'right', HERE), 'verified');
  const answers = await Promise.all(flood);
  t.is(answers.filter((answer) => answer === 'busy').length, 90 - 66);
  t.is(await made.verify('b', 'other', THERE), 'verified');
});

test('a success is remembered for five minutes, and for five more whenever it is used', async (t) => {
  let time = 0;
  let checks = 0;
  const made = verifier(
    () => time,
    (password, hash) => {
      checks += 1;
      return quickly(password, hash);
    },
  );
  for (let minute = 0; minute < 60; minute += 4) {
    time = minute * 60_000;
    t.is(await made.verify('a', 'right', HERE), 'verified');
  }
  t.is(checks, 1);
  time += 5 * 60_000;
  t.is(await made.verify('a', 'right', HERE), 'verified');
  t.is(checks, 2);
});

test('a list read again forgets nothing of users whose hash is the same', async (t) => {
  const made = verifier();
  t.is(await made.verify('a', 'right', HERE), 'verified');
  await repeated(made, 10, 'wrong');
  made.use(new Map([['a', { salt: ours.salt, digest: ours.digest }]]));
  t.is(await made.verify('a', 'right', HERE), 'verified');
  made.use(new Map([['a', others]]));
  t.is(await made.verify('a', 'right', HERE), 'rate_limited');
});

test('a user taken out while the check runs is not let in', async (t) => {
  const made = verifier();
  const running = made.verify('a', 'right', HERE);
  made.use(new Map([['b', others]]));
  t.is(await running, 'rejected');
  t.is(await made.verify('a', 'right', HERE), 'rejected');
});

test('a list read again while the check runs does not turn a right password wrong', async (t) => {
  const made = verifier();
  const running = made.verify('a', 'right', HERE);
  made.use(new Map([['a', { salt: ours.salt, digest: ours.digest }]]));
  t.is(await running, 'verified');
});
