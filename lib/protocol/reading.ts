/**
 * The result of a byte parser. `partial`: nothing wrong so far; call again with everything so far once there are `need`
 * bytes, always more than there were. `foreign`: not this protocol. `malformed`: this protocol, broken.
 */
export type Reading<T> = Whole<T> | { readonly kind: 'partial'; readonly need: number } | typeof FOREIGN | Malformed;

/** A value, and how many bytes it took off the front. */
export interface Whole<T> {
  readonly kind: 'whole';
  readonly value: T;
  readonly length: number;
}

/** Broken bytes. `detail` is fixed ASCII text that holds no byte of what was read. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly detail: string;
}

/** The result of reading a thumbprint or fingerprint that a person wrote. `detail` says what is wrong, and what to do. */
export type PinReading<T> = { readonly kind: 'value'; readonly value: T } | Malformed;

/** Not this protocol. */
export const FOREIGN = { kind: 'foreign' } as const;

/** The result for broken bytes. */
export function malformed(detail: string): Malformed {
  return { kind: 'malformed', detail };
}
