import type { AddressRule, Destination } from '../../address/index.js';
import type { Malformed, Whole } from '../index.js';

/** The strictness rule of `docs/strictness.md` that a message broke. */
export type HttpRule = AddressRule | 'A10' | 'A11' | `H${number}`;

/**
 * The result of reading a head. `partial`: nothing wrong so far; call again with everything so far, and the progress, once
 * there is more.
 */
export type HttpReading<T> = Whole<T> | { readonly kind: 'partial'; readonly progress: HeadProgress } | BadMessage;

/** How much of a head has been checked: so many bytes, with so many line ends. */
export interface HeadProgress {
  readonly checked: number;
  readonly lines: number;
}

/**
 * Broken HTTP, or HTTP that is refused: answer `status`, record `rule`, close (rule H16). 503 stands for a fault of the
 * origin (never 502: Halibut explains that one wrongly).
 */
export interface BadMessage extends Malformed {
  readonly rule: HttpRule;
  readonly status: 400 | 405 | 417 | 431 | 501 | 503 | 505;
}

/** One field line, name and value as sent, value trimmed of optional white space. */
export type Field = readonly [name: string, value: string];

/**
 * How a message's body is delimited on the wire (RFC 9112 §6.3). `until_close` is for responses only. `announcedLength`
 * is there only where a response without a body announces the length of one: to HEAD, and in a 304 (RFC 9110 §8.6).
 */
export type Framing =
  | { readonly kind: 'none'; readonly announcedLength?: number }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

/** Where a request is aimed. Only these two forms exist for a forward proxy (rules H9, A10). */
export type Target =
  | { readonly kind: 'authority'; readonly destination: Destination }
  | {
      readonly kind: 'absolute';
      readonly destination: Destination;
      /** The target's authority exactly as it must stand in the `Host` field sent upstream (port left out when 80). */
      readonly host: string;
      /** The exact path as sent, at least `/`, without the query. `*` for OPTIONS of a server as a whole (RFC 9112 §3.2.4). */
      readonly path: string;
      /** Path and query as sent: what goes upstream in origin-form. */
      readonly originForm: string;
    };

/** A request head that passed every rule. */
export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  readonly version: '1.0' | '1.1';
  readonly fields: readonly Field[];
  readonly framing: Framing;
  /** Whether the client wants the connection kept after this exchange (RFC 9112 §9.3; `Proxy-Connection` is ignored). */
  readonly keepAlive: boolean;
  /** Whether the client holds its body back until it sees `100 Continue` (never so in 1.0, nor where no body is to come). */
  readonly expectsContinue: boolean;
  /** Whether the client asked to change protocols. Without a rule for it, it is passed on without (H11). */
  readonly upgrade: 'asked' | 'none';
  /** What its `Proxy-Authorization` says, never to be logged or forwarded. `none`: there was no such field. */
  readonly credentials: Credentials | { readonly kind: 'none' };
}

/** A response head from an origin that passed every rule. */
export interface ResponseHead {
  readonly version: '1.0' | '1.1';
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly framing: Framing;
  readonly keepAlive: boolean;
}

/** What a body reader made of some bytes. `rest` is what follows the body: the next message. */
export type BodyStep =
  | { readonly kind: 'more'; readonly payload: readonly Buffer[] }
  | { readonly kind: 'whole'; readonly payload: readonly Buffer[]; readonly rest: Buffer }
  | BadMessage;

/** Takes a body's bytes off the wire, strictly, piece by piece; chunk extensions and trailers are read, bounded and dropped. */
export interface BodyReader {
  readonly read: (bytes: Buffer) => BodyStep;
  /** What the end of the connection means at this point: the body was whole (`until_close`) or cut short. */
  readonly ended: () => 'whole' | 'cut_short';
}

/** A request to an origin: `fields` are the end-to-end ones; Host and the framing are written from the other members. */
export interface OutgoingRequest {
  readonly method: string;
  readonly originForm: string;
  readonly host: string;
  readonly fields: readonly Field[];
  readonly framing: Framing;
}

/** An answer to a client: `fields` are the end-to-end ones and our own; framing and Connection are written from the other members. */
export type OutgoingResponse = Omit<ResponseHead, 'version'>;

/** What a `Proxy-Authorization` value says. `anonymous` is .NET's empty name and password, `Basic Og==`; `other_scheme` is not Basic. */
export type Credentials =
  | { readonly kind: 'credentials'; readonly user: string; readonly password: string }
  | { readonly kind: 'anonymous' | 'other_scheme' }
  | Malformed;
