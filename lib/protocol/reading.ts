/**
 * What a byte parser answers. `whole`: the value, and how many bytes it took off the front. `partial`: nothing wrong so
 * far; ask again with everything so far once there are at least `need` bytes. `foreign`: not this protocol. `malformed`:
 * this protocol, broken; `detail` is fixed ASCII text that holds no byte of what was read.
 */
export type Reading<T> =
  | { readonly kind: 'whole'; readonly value: T; readonly length: number }
  // INVARIANT: `need` is more than was there, or whoever waits for it would ask for ever.
  | { readonly kind: 'partial'; readonly need: number }
  | { readonly kind: 'foreign' }
  | Malformed;

/** This protocol, broken. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly detail: string;
}
