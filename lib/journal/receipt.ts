const onDisk: unique symbol = Symbol('on disk');

/** Proof that an entry is on disk: written whole and fdatasync'ed. Only the journal makes one. */
export interface Receipt {
  readonly [onDisk]: true;
  readonly kind: 'receipt';
  readonly seq: number;
  /** The entry's UTC time, as it stands in its line. */
  readonly time: string;
}

/** Makes a receipt. INVARIANT: called by the writer only, after the sync that covers the line has succeeded. */
export function mintReceipt(seq: number, time: string): Receipt {
  return { [onDisk]: true, kind: 'receipt', seq, time };
}
