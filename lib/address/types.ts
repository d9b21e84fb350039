declare const normalised: unique symbol;

/** Marks a value that only the address room makes, so that one parsed once never needs parsing again. */
export type Normalised<T, Name extends string> = T & { readonly [normalised]: Name };

/** A host name as it is compared and looked up: lower-case ASCII labels joined by dots, no trailing dot (rules A2, A3). */
export type DomainName = Normalised<string, 'DomainName'>;

/** A TCP port, 1 to 65535 (rule A1). */
export type Port = Normalised<number, 'Port'>;

/** An IPv4 address: canonical dotted quad, and the same as an unsigned 32-bit number. */
export interface IpV4 {
  readonly family: 4;
  readonly text: string;
  readonly value: number;
}

/** An IPv6 address: RFC 5952 text, and the same as an unsigned 128-bit number. Never read as the IPv4 it may embed (rule A5). */
export interface IpV6 {
  readonly family: 6;
  readonly text: string;
  readonly value: bigint;
}

/** An IP address in canonical form. */
export type IpAddress = Normalised<IpV4, 'IpAddress'> | Normalised<IpV6, 'IpAddress'>;

/** Where a client wants to go: a name (to be looked up, if a rule allows it) or an address literal. */
export type Host =
  { readonly kind: 'name'; readonly name: DomainName } | { readonly kind: 'address'; readonly address: IpAddress };

/** A host and a port: what a CONNECT or an absolute-form target names. */
export interface Destination {
  readonly host: Host;
  readonly port: Port;
}

/** The strictness rule of `docs/strictness.md` that a text broke. */
export type AddressRule = 'A1' | 'A2' | 'A3' | 'A4' | 'A5';

/** The text is refused: which rule it broke, and a fixed ASCII sentence that holds none of the text. */
export interface Unreadable {
  readonly kind: 'malformed';
  readonly rule: AddressRule;
  readonly detail: string;
}

/** A text read once, at the door: its canonical value, or why it is refused. */
export type Parsed<T> = { readonly kind: 'parsed'; readonly value: T } | Unreadable;

/** A contiguous block of addresses of one family, first and last included. `text` is canonical CIDR. */
export type IpRange =
  | { readonly family: 4; readonly first: number; readonly last: number; readonly text: string }
  | { readonly family: 6; readonly first: bigint; readonly last: bigint; readonly text: string };

/** Answers a text that was read whole. */
export function parsed<T>(value: T): Parsed<T> {
  return { kind: 'parsed', value };
}

/** Answers a text that broke `rule`. `detail` is a fixed ASCII sentence: it goes into replies, so it holds none of the text. */
export function unreadable(rule: AddressRule, detail: string): Unreadable {
  return { kind: 'malformed', rule, detail };
}

/**
 * Brands a value as canonical. The one place where the brand is minted, for the parsers of this room only: the door does
 * not export it.
 */
export function canonical<T, Name extends string>(value: T): Normalised<T, Name> {
  return value as Normalised<T, Name>;
}
