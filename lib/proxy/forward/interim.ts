import { endToEndFields, formatResponseHead, type ResponseHead } from '../../protocol/http/index.js';

/**
 * Interim responses (RFC 9110 §15.2) of one request: a server that works on it for an hour and says so every half minute
 * stays within. All of them together are as long as one head may be.
 */
const AT_MOST = { responses: 128, bytes: 65_536 } as const;

/** The fault of an origin that goes on without a final response. */
export const TOO_MANY_INTERIM = `more than ${AT_MOST.responses} interim responses, or more than 64 KiB of them`;

/** Counts the interim responses to one request. */
export class InterimResponses {
  #responses = 0;
  #bytes = 0;

  /** Counts one of `length` bytes. */
  add(length: number): 'within' | 'too_many' {
    this.#responses += 1;
    this.#bytes += length;
    return this.#responses > AT_MOST.responses || this.#bytes > AT_MOST.bytes ? 'too_many' : 'within';
  }
}

/** An interim response, rebuilt for the client. */
export function formatInterim({ status, reason, fields }: ResponseHead): Buffer {
  const framing = { kind: 'none' } as const;
  return formatResponseHead({ status, reason, fields: endToEndFields(fields), framing, keepAlive: true });
}
