/**
 * Names, addresses, ranges and authorities: text read once, at the door, into canonical values, so that every other room
 * compares facts and none reads text again.
 *
 * What it refuses to know: sockets, DNS, policy, who asks. It never decodes, maps or repairs: a text is canonical after
 * at most lower-casing and dropping one trailing dot, or it is refused with the rule it broke (A1 to A5 of
 * `docs/strictness.md`). It reads no IPv4 out of an IPv6 address.
 *
 * Start reading at `authority.ts`; the values are in `types.ts`.
 */
export { addressFromSocket, parseAddress } from './address.js';
export { formatDestination, formatHost, parseAuthority, parseHost, parsePort } from './authority.js';
export { isUnder } from './name.js';
export { clientBlock, parseRange, rangeContains, rangeOf } from './range.js';
export { buildRangeTable, ownersOf, type OwnedRange, type RangeTable } from './range-table.js';
export { cloudMetadata, specialPurpose, type MetadataService, type Purpose } from './special-purpose.js';
export type {
  AddressRule,
  Destination,
  DomainName,
  Host,
  IpAddress,
  IpRange,
  Parsed,
  Port,
  Unreadable,
} from './types.js';
