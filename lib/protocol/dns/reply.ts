import { decode, type Answer, type StringAnswer } from 'dns-packet';
import { parseAddress, parseHost, type DomainName, type IpAddress } from '../../address/index.js';
import type { Question } from './message.js';

/** An address of a name, and for how many seconds it may be reused. */
export interface AddressRecord {
  readonly address: IpAddress;
  readonly ttl: number;
}

/** A reply after which no other server is asked. `aliases` are those of the same message. */
export type FinalReply =
  | {
      readonly kind: 'addresses';
      readonly records: readonly AddressRecord[];
      readonly aliases: readonly DomainName[] | 'not_visible';
    }
  | { readonly kind: 'no_data' | 'no_such_name' | 'too_many_aliases' };

/**
 * What a message is to a query. `not_ours`: no reply to it. `truncated`: did not fit a datagram. `rejected`: no result, and
 * another server may have one.
 */
export type Reply =
  | FinalReply
  | { readonly kind: 'not_ours' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'rejected'; readonly code: RejectionCode };

/**
 * Why a server gives no result, as `node:dns` writes response codes. `EBADRESP`: the message is malformed, or has a response
 * code without a name here. `EREFERRAL`: the server only refers to others.
 */
export type RejectionCode = (typeof REJECTIONS)[number] | 'EREFERRAL';

/** The most aliases (CNAME) between a name and its addresses. */
const ALIASES_MAX = 8;
/** The most records of a message that are read: what a name needs, and a bound for the work (law 12). */
const RECORDS_MAX = 256;
const HEADER_BYTES = 12;
const NO_SUCH_NAME = 3;
/** The response codes of RFC 1035 §4.1.1, by their number; those of 0 and 3 are results. */
const REJECTIONS = ['EBADRESP', 'EFORMERR', 'ESERVFAIL', 'EBADRESP', 'ENOTIMP', 'EREFUSED'] as const;

const MALFORMED = { kind: 'rejected', code: 'EBADRESP' } as const;

/** Reads a message as the reply to a query that {@link encodeQuery} made for the question. Never throws. */
export function readReply(question: Question, query: Buffer, message: Buffer): Reply {
  if (!repliesTo(query, message)) return { kind: 'not_ours' };
  const code = message.readUInt8(3) & 0x0f;
  if (code === NO_SUCH_NAME) return { kind: 'no_such_name' };
  if (code !== 0) return { kind: 'rejected', code: REJECTIONS[code] ?? 'EBADRESP' };
  if ((message.readUInt8(2) & FLAGS.truncated) !== 0) return { kind: 'truncated' };
  // The doctor's question: that a server replies is all it wants to know.
  if (question.type === 'NS') return { kind: 'no_data' };
  const answers = answersIn(message);
  return answers === 'malformed' ? MALFORMED : addressesOf(question, answers, isLame(message));
}

const FLAGS = { response: 0x80, opcode: 0x78, authoritative: 0x04, truncated: 0x02 } as const;
const RECURSION_AVAILABLE = 0x80;

/**
 * Whether a message has the id and the question of a query. Names are compared without case. An error may come without its
 * question, as some servers send it.
 */
function repliesTo(query: Buffer, message: Buffer): boolean {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  const flags = message.readUInt8(2);
  if ((flags & FLAGS.response) === 0 || (flags & FLAGS.opcode) !== 0) return false;
  const questions = message.readUInt16BE(4);
  if (questions === 0) return (message.readUInt8(3) & 0x0f) !== 0;
  return questions === 1 && questionIn(message, query) === questionIn(query, query);
}

/** The bytes of the question, as long as that of the query. The length of a label is below 64, so no length looks like a letter. */
function questionIn(message: Buffer, query: Buffer): string {
  const end = query.indexOf(0, HEADER_BYTES) + 5;
  return message.toString('latin1', HEADER_BYTES, end).toLowerCase();
}

/** A server that neither resolves names nor knows this one: it can only refer to others. */
function isLame(message: Buffer): boolean {
  const authoritative = (message.readUInt8(2) & FLAGS.authoritative) !== 0;
  return !authoritative && (message.readUInt8(3) & RECURSION_AVAILABLE) === 0;
}

/** The records of the answer section. The other sections are not decoded: nothing in them is wanted. */
function answersIn(message: Buffer): readonly Answer[] | 'malformed' {
  const bounded = Buffer.from(message);
  bounded.writeUInt16BE(Math.min(message.readUInt16BE(6), RECORDS_MAX), 6);
  bounded.writeUInt32BE(0, 8);
  try {
    const { answers = [] } = decode(bounded);
    return decode.bytes > bounded.length ? 'malformed' : answers;
  } catch {
    return 'malformed';
  }
}

/** A record whose data is a text: an address or a name. */
interface TextRecord {
  readonly owner: string;
  readonly type: StringAnswer['type'];
  readonly data: string;
  readonly ttl: number;
}

function addressesOf({ name, type }: Question, answers: readonly Answer[], lame: boolean): Reply {
  const records = answers.flatMap(textRecord);
  const chain = followAliases(name, records);
  if (chain === 'too_many') return { kind: 'too_many_aliases' };
  const end = chain.at(-1)?.data ?? name;
  const wanted = records.filter((record) => record.type === type);
  const owned = wanted.filter(({ owner }) => owner === end);
  // Addresses of other names only.
  if (owned.length === 0 && wanted.length > 0) return MALFORMED;
  if (owned.length === 0)
    return answers.length === 0 && lame ? { kind: 'rejected', code: 'EREFERRAL' } : { kind: 'no_data' };
  const ttl = Math.min(...[...chain, ...owned].map((record) => record.ttl));
  const addresses = owned.flatMap(({ data }) => {
    const read = parseAddress(data);
    return read.kind === 'parsed' ? [{ address: read.value, ttl }] : [];
  });
  if (addresses.length < owned.length) return MALFORMED;
  return { kind: 'addresses', records: addresses, aliases: namesOf(chain) };
}

/** The records that lead from a name to the owner of its addresses, in order. */
function followAliases(name: string, records: readonly TextRecord[]): readonly TextRecord[] | 'too_many' {
  const aliases = new Map(records.filter(({ type }) => type === 'CNAME').map((record) => [record.owner, record]));
  const chain: TextRecord[] = [];
  for (let next = aliases.get(name); next !== undefined; next = aliases.get(next.data)) {
    if (chain.length === ALIASES_MAX) return 'too_many';
    chain.push(next);
  }
  return chain;
}

/** RFC 2181 §8: a time to live with the highest bit set counts as 0. */
const TTL_MAX = 0x7fff_ffff;

function textRecord(answer: Answer): readonly TextRecord[] {
  if (answer.type !== 'A' && answer.type !== 'AAAA' && answer.type !== 'CNAME') return [];
  if (answer.class !== 'IN') return [];
  const { type, data, ttl = 0 } = answer;
  const text = type === 'CNAME' ? data.toLowerCase() : data;
  return [{ owner: answer.name.toLowerCase(), type, data: text, ttl: ttl > TTL_MAX ? 0 : ttl }];
}

/** The aliases as host names. One that is none cannot be shown, so none of them is. */
function namesOf(chain: readonly TextRecord[]): readonly DomainName[] | 'not_visible' {
  const names: DomainName[] = [];
  for (const { data } of chain) {
    const read = parseHost(data);
    if (read.kind === 'malformed' || read.value.kind === 'address') return 'not_visible';
    names.push(read.value.name);
  }
  return names;
}
