import { isFieldValue } from './characters.js';
import { bad, findLongList, keepsAlive, NOTHING_READ, readFields, statedFraming, takeHead } from './head.js';
import type { BadMessage, Field, Framing, HeadProgress, HttpReading, ResponseHead } from './types.js';

/** Rule H13, for origins: .NET takes heads of up to 64 KiB, so no client gains by more. */
const LIMITS = { bytes: 65_536, fieldLines: 250 };
const STARTS = ['HTTP/1.1 ', 'HTTP/1.0 '];
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5][0-9]{2}) (.*)$/s;

/**
 * Reads a response's head off the front of what an origin has sent so far, as strictly as a request's: it is rebuilt for the
 * client, and both must see the same message. HEAD has no body, so it takes the method of the request. Interim responses
 * (1xx) are heads like any other: the next one starts at `length`. A refusal's status is always 503. `progress` is that of
 * the last reading of the same head, if it was `partial`.
 */
export function readResponseHead(
  bytes: Buffer,
  requestMethod: string,
  progress: HeadProgress = NOTHING_READ,
): HttpReading<ResponseHead> {
  const reading = read(bytes, requestMethod, progress);
  return reading.kind === 'malformed' ? { ...reading, status: 503 } : reading;
}

function read(bytes: Buffer, requestMethod: string, progress: HeadProgress): HttpReading<ResponseHead> {
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 'HTTP/1.1 '.length));
  if (!STARTS.some((expected) => expected.startsWith(start))) return bad('H7', 'not an HTTP/1.0 or HTTP/1.1 response');
  const taken = takeHead(bytes, LIMITS, progress);
  if (taken.kind !== 'whole') return taken;
  const text = taken.value;
  const lineEnd = text.indexOf('\r\n');
  const [, number, code, reason] = STATUS_LINE.exec(text.slice(0, lineEnd)) ?? [];
  if (number === undefined || code === undefined || reason === undefined) {
    return bad('H7', 'the status line is not version, status from 100 to 599 and reason');
  }
  if (!isFieldValue(reason)) return bad('H1', 'a control byte in the status line');
  const fields = readFields(text, lineEnd + 2, LIMITS.fieldLines);
  if ('kind' in fields) return fields;
  const longList = findLongList(fields);
  if (longList !== 'none') return longList;
  const version = number === '1.1' ? '1.1' : '1.0';
  const status = Number(code);
  const framing = responseFraming(status, requestMethod, fields, version);
  if (framing.kind === 'malformed') return framing;
  const keepAlive = framing.kind !== 'until_close' && keepsAlive(fields, version);
  return { kind: 'whole', value: { version, status, reason, fields, framing, keepAlive }, length: taken.length };
}

/** RFC 9112 §6.3. What it forbids senders is refused rather than ignored. */
function responseFraming(
  status: number,
  requestMethod: string,
  fields: readonly Field[],
  version: '1.0' | '1.1',
): Framing | BadMessage {
  const stated = statedFraming(fields, version);
  if (stated.kind === 'malformed') return stated;
  if (status < 200 || status === 204) {
    const bodiless = stated.kind === 'unstated' || (stated.kind === 'length' && stated.length === 0);
    return bodiless ? { kind: 'none' } : bad('H4', 'a body announced in a response that has none (1xx or 204)');
  }
  if (requestMethod === 'HEAD' || status === 304) {
    return stated.kind === 'length' ? { kind: 'none', announcedLength: stated.length } : { kind: 'none' };
  }
  return stated.kind === 'unstated' ? { kind: 'until_close' } : stated;
}
