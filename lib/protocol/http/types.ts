import type { AddressRule, Destination } from '../../address/index.js';

/** The strictness rule of `docs/strictness.md` that a message broke. */
export type HttpRule = AddressRule | 'A10' | 'A11' | `H${number}`;

/** What a byte parser answers. */
export type Reading<T> =
  | { readonly kind: 'whole'; readonly value: T; readonly length: number }
  | { readonly kind: 'partial' }
  | BadMessage;

/** This is HTTP, broken (or HTTP we refuse): answer `status`, record `rule`, close. `detail` is fixed ASCII text, no client bytes. */
export interface BadMessage {
  readonly kind: 'malformed';
  readonly rule: HttpRule;
  readonly status: 400 | 405 | 413 | 417 | 431 | 501 | 505;
  readonly detail: string;
}

/** One field line, name and value as sent, value trimmed of optional white space. */
export type Field = readonly [name: string, value: string];

/** How a message's body is delimited on the wire (RFC 9112 §6.3). `until_close` is for responses only. */
export type Framing =
  | { readonly kind: 'none' }
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
      /** The exact path as sent, at least `/`, without the query. */
      readonly path: string;
      /** Path and query as sent: what goes upstream in origin-form. */
      readonly originForm: string;
    };

/** A request head that passed every rule. */
export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  readonly version: '1.0' | '1.1';
  /** All field lines as sent, hop-by-hop ones included. */
  readonly fields: readonly Field[];
  readonly framing: Framing;
  /** Whether the client wants the connection kept after this exchange (RFC 9112 §9.3; `Proxy-Connection` is ignored). */
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
  /** The `Proxy-Authorization` value, never to be logged or forwarded. */
  readonly credentials: string | 'none';
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

/*
 * What this room's door exports:
 *   readRequestHead(bytes: Buffer): Reading<RequestHead>
 *   readResponseHead(bytes: Buffer, requestMethod: string): Reading<ResponseHead>
 *   createBodyReader(framing: Framing): BodyReader
 *   formatRequestHead(request): Buffer            the rebuilt message for the origin
 *   formatResponseHead(response): Buffer          the rebuilt message for the client
 *   endToEndFields(fields): Field[]               hop-by-hop and proxy fields removed (H10)
 *   chunkHead(length: number): Buffer, CHUNK_TAIL, LAST_CHUNK
 */
