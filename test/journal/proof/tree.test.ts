import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  EMPTY_RANGE,
  hashLeaf,
  isHash,
  peaksOf,
  push,
  rangeOf,
  rootOf,
  type Hash,
} from '../../../lib/journal/proof/tree.js';
import { proveConsistency, proveInclusion, provesConsistency, provesInclusion } from './proofs.js';
import { base64, CONSISTENCIES, INCLUSIONS, LEAVES, ROOTS } from './vectors.js';

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
}

/** RFC 6962 §2.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), first);
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256(Buffer.of(1), naiveRoot(leaves.slice(0, half)), naiveRoot(leaves.slice(half)));
}

test('the published trees of 0 to 8 leaves have the published roots', (t) => {
  let range = EMPTY_RANGE;
  t.is(rootOf(range), base64('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'));
  for (const [index, leaf] of LEAVES.entries()) {
    range = push(range, hashLeaf(leaf));
    t.is(rootOf(range), ROOTS[index] ?? '');
    t.is(range.size, index + 1);
  }
});

test('any tree has the root that the definition gives, and so has one resumed from its peaks at any size', (t) => {
  const leaves = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 });
  fc.assert(
    fc.property(leaves, fc.nat(), (bytes, at) => {
      const hashes = bytes.map(hashLeaf);
      const whole = hashes.reduce(push, EMPTY_RANGE);
      t.is(rootOf(whole), naiveRoot(bytes).toString('base64'));
      const split = at % (bytes.length + 1);
      const earlier = hashes.slice(0, split).reduce(push, EMPTY_RANGE);
      const resumed = rangeOf(split, peaksOf(earlier));
      if (resumed === 'malformed') return t.fail();
      t.is(rootOf(hashes.slice(split).reduce(push, resumed)), rootOf(whole));
    }),
  );
});

test('an earlier range stays what it was when it is grown twice', (t) => {
  const earlier = LEAVES.slice(0, 5).map(hashLeaf).reduce(push, EMPTY_RANGE);
  const [a, b] = [push(earlier, hashLeaf('a')), push(earlier, hashLeaf('b'))];
  t.not(rootOf(a), rootOf(b));
  t.is(rootOf(earlier), ROOTS[4] ?? '');
  t.is(rootOf(push(earlier, hashLeaf(LEAVES[5] ?? ''))), ROOTS[5] ?? '');
});

test('a text and its bytes are the same leaf, however long', (t) => {
  for (const length of [0, 1, 8192, 65_535, 65_536, 70_000]) {
    const text = 'x'.repeat(length);
    const expected = sha256(Buffer.of(0), Buffer.from(text)).toString('base64');
    t.is(hashLeaf(text), expected);
    t.is(hashLeaf(Buffer.from(text)), expected);
  }
});

test('a range is only made of as many hashes as its size has ones, each in its one form', (t) => {
  const [root = ''] = ROOTS;
  t.not(rangeOf(5, [root, root]), 'malformed');
  t.not(rangeOf(2 ** 52 + 1, [root, root]), 'malformed');
  for (const size of [-1, 0, 1, 7, 1.5, NaN, 2 ** 53 + 2]) t.is(rangeOf(size, [root, root]), 'malformed');
  // The last character may differ in bits that decoding drops.
  const sloppy = root.replace(/.=$/, (end) => (end === 'A=' ? 'B=' : 'Z='));
  for (const bad of ['', sloppy, root.slice(1), `${root}\n`, root.replace('=', ''), 7, null]) {
    t.is(rangeOf(1, [bad]), 'malformed');
  }
  fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => isHash(base64(bytes))));
});

const MOST = 33;
const hashes = Array.from({ length: MOST }, (_, index) => hashLeaf(`leaf ${index}`));
const roots = Array.from({ length: MOST + 1 }, (_, size) => rootOf(hashes.slice(0, size).reduce(push, EMPTY_RANGE)));

function rootAt(size: number): Hash {
  return roots[size] ?? '';
}

/** Proofs that are not quite this one. */
function spoilt(proof: readonly Hash[]): readonly (readonly Hash[])[] {
  const other = hashLeaf('another');
  return [
    [...proof, other],
    [other, ...proof],
    ...proof.map((_, at) => proof.toSpliced(at, 1)),
    ...proof.map((_, at) => proof.with(at, other)),
  ];
}

test('the published proofs are what is given, and are accepted', (t) => {
  const leaves = LEAVES.map(hashLeaf);
  for (const [index, size, proof] of INCLUSIONS) {
    t.deepEqual(proveInclusion(leaves.slice(0, size), index), proof.map(base64));
    const inclusion = { leaf: leaves[index] ?? '', index, size, root: ROOTS[size - 1] ?? '' };
    t.true(provesInclusion(proof.map(base64), inclusion));
  }
  for (const [oldSize, size, proof] of CONSISTENCIES) {
    t.deepEqual(proveConsistency(leaves.slice(0, size), oldSize), proof.map(base64));
    const consistency = { oldSize, oldRoot: ROOTS[oldSize - 1] ?? '', size, root: ROOTS[size - 1] ?? '' };
    t.true(provesConsistency(proof.map(base64), consistency));
  }
});

test('each leaf of each tree is proven at its place, and nowhere else', (t) => {
  for (let size = 1; size <= MOST; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const proof = proveInclusion(hashes.slice(0, size), index);
      const inclusion = { leaf: hashes[index] ?? '', index, size, root: rootAt(size) };
      if (!provesInclusion(proof, inclusion)) return t.fail(`${index} of ${size}`);
      const wrong = [
        ...spoilt(proof).map((other) => provesInclusion(other, inclusion)),
        provesInclusion(proof, { ...inclusion, leaf: hashLeaf('another') }),
        provesInclusion(proof, { ...inclusion, root: rootAt(size - 1) }),
        ...[-1, size].map((at) => provesInclusion(proof, { ...inclusion, index: at })),
        ...[index - 1, index + 1].map((at) => provesInclusion(proof, { ...inclusion, index: at })),
      ];
      if (wrong.includes(true)) return t.fail(`${index} of ${size}: ${wrong.join(' ')}`);
    }
  }
  t.pass();
});

test('each tree is proven to begin each later one, and no other does', (t) => {
  for (let size = 0; size <= MOST; size += 1) {
    for (let oldSize = 0; oldSize <= size; oldSize += 1) {
      const proof = proveConsistency(hashes.slice(0, size), oldSize);
      const consistency = { oldSize, oldRoot: rootAt(oldSize), size, root: rootAt(size) };
      if (!provesConsistency(proof, consistency)) return t.fail(`${oldSize} of ${size}`);
      const other = hashLeaf('another');
      const wrong = [
        ...spoilt(proof).map((spoiltProof) => provesConsistency(spoiltProof, consistency)),
        provesConsistency(proof, { ...consistency, oldRoot: other }),
        ...(oldSize === 0 ? [] : [provesConsistency(proof, { ...consistency, root: other })]),
        provesConsistency(proof, { ...consistency, oldSize: size + 1 }),
        provesConsistency(proof, { ...consistency, oldSize: -1 }),
      ];
      if (wrong.includes(true)) return t.fail(`${oldSize} of ${size}: ${wrong.join(' ')}`);
    }
  }
  t.pass();
});
