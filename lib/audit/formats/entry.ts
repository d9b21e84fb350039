/** One line of the journal, as far as formats need it. */
export interface Entry {
  readonly seq: number;
  /** UTC with milliseconds, as it stands in the line. */
  readonly time: string;
  /** The same for all lines of one run of tidegate. */
  readonly boot: string;
  readonly kind: string;
  readonly content: unknown;
  /** SHA-256 of the line's bytes (base64url): the record's id everywhere, the same however often it is sent. */
  readonly hash: string;
}

/** What a line does not say, and receivers want to know. */
export interface About {
  /** tidegate's version. */
  readonly version: string;
  /** Name of the machine that recorded, or `'not_known'`. */
  readonly host: string;
}
