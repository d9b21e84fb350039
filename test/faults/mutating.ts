/** Chance that can be had again: the same seed, the same choices. */
export interface Chance {
  /** A whole number from 0, less than `bound`; 0 where nothing is less. */
  readonly below: (bound: number) => number;
  readonly of: <T>(choices: readonly T[]) => T;
}

/** Chance from a seed (a 32-bit xorshift over a mixed seed). */
export function seeded(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const below = (bound: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return bound < 1 ? 0 : (state >>> 0) % bound;
  };
  return {
    below,
    of: (choices) => {
      const choice = choices[below(choices.length)];
      if (choice === undefined) throw new Error('nothing to choose from');
      return choice;
    },
  };
}

/** Numbers at which lengths break. */
const EDGES = [0, 1, 4, 255, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** One way to change bytes at a place. */
const CHANGES: readonly ((bytes: Buffer, at: number, chance: Chance) => Buffer)[] = [
  (bytes, at, chance) => replaced(bytes, at, Buffer.of((bytes[at] ?? 0) ^ (1 << chance.below(8)))),
  (bytes, at, chance) => replaced(bytes, at, Buffer.of(chance.below(256))),
  (bytes, at, chance) => replaced(bytes, at, edge(chance)),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, chance) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + chance.below(40))]),
  (bytes, at, chance) => Buffer.concat([bytes.subarray(0, at), Buffer.of(chance.below(256)), bytes.subarray(at)]),
  (bytes, at, chance) => {
    const again = bytes.subarray(at, at + chance.below(200));
    return Buffer.concat([bytes.subarray(0, at), again, again, bytes.subarray(at)]);
  },
];

/** A copy of some bytes, changed in one to four ways. */
export function mutate(bytes: Buffer, chance: Chance): Buffer {
  let changed = Buffer.from(bytes);
  for (let times = 1 + chance.below(4); times > 0; times--) {
    changed = Buffer.from(chance.of(CHANGES)(changed, chance.below(changed.length), chance));
  }
  return changed;
}

function edge(chance: Chance): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(chance.of(EDGES));
  return bytes;
}

function replaced(bytes: Buffer, at: number, by: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  by.copy(copy, at);
  return copy;
}
