import test from 'ava';
import { hashPassword, type PasswordHash, passwordMatches, readPasswordHash } from '../../lib/users/password-hash.js';
import { type Comparison, Verifier } from '../../lib/users/verifier.js';

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

function verifier(now = () => 0, matches = quickly): Verifier {
  const made = new Verifier(now, matches);
  made.use(
    new Map([
      ['a', ours],
      ['b', others],
    ]),
  );
  return made;
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

test('who is known to be right stays so beside a wrong record, until there are guesses by the hundred', async (t) => {
  const made = verifier();
  t.is(await made.verify('a', 'right', HERE), 'verified');
  await repeated(made, 99, 'wrong');
  t.is(await made.verify('a', 'right', HERE), 'verified');
  await repeated(made, 1, 'wrong');
  t.is(await made.verify('a', 'right', HERE), 'rate_limited');
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
  let checks = 0;
  const made = verifier(undefined, (password, hash) => {
    checks += 1;
    return quickly(password, hash);
  });
  const right = await Promise.all(Array.from({ length: 100 }, () => made.verify('a', 'right', HERE)));
  t.deepEqual(new Set(right), new Set(['verified']));
  const wrong = await Promise.all(Array.from({ length: 100 }, () => made.verify('a', 'wrong', HERE)));
  t.deepEqual(new Set(wrong), new Set(['rejected']));
  t.is(checks, 2);
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

test('no more than 64 checks wait at a time', async (t) => {
  const made = verifier();
  const answers = await Promise.all(
    Array.from({ length: 70 }, (_, n) => made.verify(`name-${n}`, 'x', `192.0.2.${n}`)),
  );
  t.is(answers.filter((answer) => answer === 'rejected').length, 64);
  t.is(answers.filter((answer) => answer === 'rate_limited').length, 6);
  t.is(await made.verify('a', 'right', HERE), 'verified');
});

test('a success is known again for five minutes', async (t) => {
  let time = 0;
  const made = verifier(() => time);
  await made.verify('a', 'right', HERE);
  await repeated(made, 10, 'wrong');
  // Past ten failures nothing is worked out, so only what is remembered can be verified.
  t.is(await made.verify('a', 'right', HERE), 'verified');
  time = 5 * 60_000;
  await repeated(made, 10, 'wrong');
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
