/** A JSON value that can stand in a journal line. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a caller hands in: a kind and named values. The journal adds `v`, `seq`, `t`, `boot`, `mono` and `prev`. */
export interface Entry {
  readonly kind: string;
  readonly content: { readonly [key: string]: Json };
}

declare const onDisk: unique symbol;
/** Proof that an entry is on disk: written whole and fdatasync'ed. Only the journal makes one. */
export interface Receipt {
  readonly [onDisk]: true;
  readonly kind: 'receipt';
  readonly seq: number;
  /** The entry's UTC time, as it stands in its line. */
  readonly time: string;
}

/** Why an entry is not on disk. `full`: no space, may pass. `failed`: a sync or write error, final for this process. */
export interface NotWritten {
  readonly kind: 'not_written';
  readonly reason: 'full' | 'failed' | 'closed';
  readonly detail: string;
}

/** How the journal fares. */
export type JournalState =
  | { readonly kind: 'writing'; readonly seq: number; readonly segment: string; readonly bytes: number }
  | { readonly kind: 'full'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'closed' };

/** An open journal. `append` never throws; every answer that is not a receipt means: let nothing out. */
export interface Journal {
  readonly append: (entry: Entry) => Promise<Receipt | NotWritten>;
  readonly state: () => JournalState;
  /** Tells, once, that the journal has failed for good: the process must stop admitting and exit. */
  readonly failed: Promise<NotWritten>;
  /** Writes what is waiting, syncs, and frees the lock. */
  readonly close: () => Promise<void>;
}
