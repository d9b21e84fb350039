import test from 'ava';
import { hashPassword, passwordMatches, readPasswordHash, unmatchableHash } from '../../lib/users/password-hash.js';

test('a hash is PHC text with its own salt, and holds no password', async (t) => {
  const [one, other] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
  t.regex(one, /^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  t.not(one, other);
  t.false(one.includes('secret'));
});

test('the password behind a hash matches, and no other', async (t) => {
  const hash = readPasswordHash(await hashPassword('secret'));
  if (hash === 'foreign') return t.fail();
  t.true(await passwordMatches('secret', hash));
  t.false(await passwordMatches('Secret', hash));
  t.false(await passwordMatches('', hash));
  return t.false(await passwordMatches('secret', unmatchableHash()));
});

test('a hash worked out by another implementation is understood', async (t) => {
  // Python's hashlib.scrypt over the salt 'SodiumChloride!!', n=32768, r=8, p=1, 32 bytes.
  const hash = readPasswordHash(
    '$scrypt$ln=15,r=8,p=1$U29kaXVtQ2hsb3JpZGUhIQ$JYKBuLDQejdW91OoAVCiGR9fO7iKnG8TLMbJdrgwdPc',
  );
  if (hash === 'foreign') return t.fail();
  return t.true(await passwordMatches('pleaseletmein', hash));
});

test('another algorithm, cost or length is foreign', async (t) => {
  const good = await hashPassword('x');
  const bad = [
    '',
    'x',
    '$2b$12$abc',
    good.replace('ln=15', 'ln=14'),
    good.replace('p=1', 'p=2'),
    `${good}A`,
    ` ${good}`,
  ];
  for (const text of bad) t.is(readPasswordHash(text), 'foreign', text);
});
