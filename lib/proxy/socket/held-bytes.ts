const NOTHING: Buffer = Buffer.alloc(0);
/** Room grows by as much as is held, and by no more than this. */
const GROWS_BY = { least: 1024, most: 32 * 1024 } as const;

/**
 * Bytes that come in pieces and are read as one. A piece is put behind the others where there is room for it, so that a peer
 * that sends single bytes does not have all of them copied for each, and they take one object. What was handed out is never
 * written over.
 */
export class HeldBytes {
  /** Ends in room that no view shows. */
  #store = NOTHING;
  #end = 0;
  #view = NOTHING;

  /** How many there are. */
  get length(): number {
    return this.#view.length;
  }

  /** All of them. */
  get bytes(): Buffer {
    return this.#view;
  }

  /** Puts a piece behind them. */
  append(piece: Buffer): void {
    const { length } = this.#view;
    if (length === 0) {
      this.#hold(piece);
      return;
    }
    if (this.#store.length - this.#end < piece.length) this.#makeRoom(piece.length);
    piece.copy(this.#store, this.#end);
    this.#end += piece.length;
    this.#view = this.#store.subarray(this.#end - length - piece.length, this.#end);
  }

  /** Puts a piece in front of them. */
  prepend(piece: Buffer): void {
    this.#hold(this.length === 0 ? piece : Buffer.concat([piece, this.#view]));
  }

  /** Drops the first `length`. */
  drop(length: number): void {
    this.#view = this.#view.subarray(length);
  }

  /** Gives all of them away. */
  take(): Buffer {
    const taken = this.#view;
    this.#hold(NOTHING);
    return taken;
  }

  #hold(bytes: Buffer): void {
    this.#store = bytes;
    this.#end = bytes.length;
    this.#view = bytes;
  }

  #makeRoom(more: number): void {
    const { length } = this.#view;
    const room = Math.max(more, Math.min(GROWS_BY.most, Math.max(GROWS_BY.least, length)));
    const store = Buffer.allocUnsafe(length + room);
    this.#view.copy(store);
    this.#store = store;
    this.#end = length;
  }
}
