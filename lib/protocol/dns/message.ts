import { encode, RECURSION_DESIRED } from 'dns-packet';
import type { DomainName } from '../../address/index.js';

/** A type of record (RFC 1035 §3.2.2, RFC 3596). */
export type QuestionType = 'A' | 'AAAA' | 'NS';

/** One question to a DNS server. `.` is the root. */
export interface Question {
  readonly name: DomainName | '.';
  readonly type: QuestionType;
}

/** `extended`: with EDNS (RFC 6891), which allows longer replies. `plain`: without, for servers that do not know it. */
export type QueryForm = 'extended' | 'plain';

/** The longest reply over UDP that crosses every network without fragments (RFC 9715). */
const UDP_BYTES = 1232;

const EDNS = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
} as const;

/** Encodes a question as a recursive query. */
export function encodeQuery({ name, type }: Question, id: number, form: QueryForm): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: form === 'plain' ? [] : [{ ...EDNS, options: [] }],
  });
}
