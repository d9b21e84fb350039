import test from 'ava';
import {
  proveConsistency,
  proveInclusion,
  provesConsistency,
  provesInclusion,
} from '../../../lib/journal/proof/proofs.js';
import { EMPTY_RANGE, hashLeaf, push, rootOf, type Hash } from '../../../lib/journal/proof/tree.js';
import { base64, CONSISTENCIES, INCLUSIONS, LEAVES, ROOTS } from './vectors.js';

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
