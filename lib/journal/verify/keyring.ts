import { judgeNote, parseVerifierKey, type Checkpoint, type Note, type VerifierKey } from '../proof/index.js';
import type { Contradiction, KeyUse } from './report.js';

/**
 * Which key signs, checkpoint by checkpoint, and whether it is to be trusted.
 *
 * A key is trusted if it was given, or if a trusted key signed the checkpoint that names it. If none was given, the first
 * one is trusted on first use. After a new key has taken over, the old one no longer counts.
 */
export class Keyring {
  readonly #given: readonly VerifierKey[];
  readonly #uses: KeyUse[] = [];
  #current: VerifierKey | 'none' = 'none';

  constructor(given: readonly VerifierKey[]) {
    this.#given = given;
  }

  /** Takes the checkpoint in the line with a number: who signed it, whether trusted or not, and what contradicts that. */
  accept(note: Note, checkpoint: Checkpoint, seq: number): Contradiction | 'none' {
    const key = parseVerifierKey(checkpoint.key);
    if (key === 'malformed' || key.name !== checkpoint.origin) {
      return { kind: 'foreign_key', detail: `its key is not a key of ${checkpoint.origin}` };
    }
    if (judgeNote(note, key) !== 'signed') {
      return { kind: 'bad_signature', detail: `no valid signature by the key that it names, ${key.id}` };
    }
    return this.#current !== 'none' && this.#current.text === key.text ? 'none' : this.#change(note, key, seq);
  }

  /** Whether the key that signed last is trusted. */
  trusted(): boolean {
    const last = this.#uses.at(-1);
    return last !== undefined && last.trust !== 'not_trusted';
  }

  uses(): readonly KeyUse[] {
    return this.#uses;
  }

  #change(note: Note, key: VerifierKey, seq: number): Contradiction | 'none' {
    const before = this.#current;
    if (before !== 'none') {
      const judged = judgeNote(note, before);
      if (judged === 'bad') return { kind: 'bad_signature', detail: `invalid signature by key ${before.id}` };
      if (judged === 'absent') {
        return { kind: 'foreign_key', detail: `signed by key ${key.id}, which key ${before.id} did not introduce` };
      }
    }
    this.#uses.push({ key: key.text, fromSeq: seq, trust: this.#trustIn(note, key) });
    this.#current = key;
    return 'none';
  }

  #trustIn(note: Note, key: VerifierKey): KeyUse['trust'] {
    if (this.#given.some(({ text }) => text === key.text)) return 'given';
    if (this.trusted() || this.#given.some((given) => judgeNote(note, given) === 'signed')) return 'introduced';
    return this.#given.length === 0 ? 'first_seen' : 'not_trusted';
  }
}
