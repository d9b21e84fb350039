import { hash } from 'node:crypto';
import { isObject } from '../../system/values/index.js';
import { shorten } from './shorten.js';

/**
 * The version of the format: of a line's form, of the journal's own kinds, and of the records in it. Lines of this version and
 * of earlier ones are read. What raises it, and what does not, is in `docs/journal-format.md`.
 */
export const FORMAT_VERSION = 1;

/** No line is longer, its newline included. */
export const LINE_BYTES = 8192;

/** No content takes more: the other fields are at most 352 bytes, however long their numbers. */
export const CONTENT_BYTES = LINE_BYTES - 352;

/** The `prev` of the very first line, which has none before it: 32 zero bytes. */
export const NO_LINE = 'A'.repeat(43);

/** A place in the chain: a line's number and the SHA-256 of its bytes (base64url, newline included). */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** The place before the first line. */
export const BEFORE_FIRST: Link = { seq: 0, hash: NO_LINE };

/** What a line says in addition to its content. */
export interface Head {
  readonly seq: number;
  /** UTC with milliseconds, as `2026-01-31T23:59:59.999Z`. */
  readonly time: string;
  /** Milliseconds since the journal was opened, on a clock that does not jump. */
  readonly mono: number;
  /** Random per opening, 16 hex digits. */
  readonly boot: string;
  readonly kind: string;
  /** The first `seq` of the batch that this line was synced with. All lines before it were on disk when it was written. */
  readonly batch: number;
  /** SHA-256 of the line before, newline included. */
  readonly prev: string;
}

/** Content as ASCII JSON. `cut` is the bytes that it would have taken whole, or 0 if it is whole. */
export interface EncodedContent {
  readonly json: string;
  readonly cut: number;
}

// JSON.stringify has escaped what is below 0x20, quotes, backslashes and lone surrogates; this finds all that is left.
const NOT_ASCII = /[^ -~]/;
const ALL_NOT_ASCII = /[^ -~]/g;

function stringifyAscii(value: unknown): string {
  const json = JSON.stringify(value);
  if (!NOT_ASCII.test(json)) return json;
  return json.replace(ALL_NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Gives content as ASCII JSON of at most {@link CONTENT_BYTES}, shortened if need be. Throws on what JSON cannot hold. */
export function encodeContent(content: object): EncodedContent {
  const json = stringifyAscii(content);
  if (!json.startsWith('{')) throw new TypeError('content is not a JSON object');
  if (json.length <= CONTENT_BYTES) return { json, cut: 0 };
  return { json: shorten(JSON.parse(json), CONTENT_BYTES, stringifyAscii), cut: json.length };
}

/** Whether a text can be a line's `k`. */
export function isKind(kind: string): boolean {
  return /^[a-z][a-z0-9_]{0,63}$/.test(kind);
}

/** The kind of every segment's first line. */
export const SEGMENT_KIND = 'segment';
/** The kind of a line that says what a start cut off. */
export const RECOVER_KIND = 'recover';
/** The kind of a line that carries a signed checkpoint. */
export const CHECKPOINT_KIND = 'checkpoint';
/** The kind of a line that says which segments are about to be removed. */
export const RETENTION_KIND = 'retention';
/** The kind of a line that says which damage was accepted. */
export const GAP_KIND = 'gap';
/** The kind of a line that says that the clock jumped, or what became of the hold on removal that followed. */
export const CLOCK_KIND = 'clock';

const OWN_KINDS: ReadonlySet<string> = new Set([
  SEGMENT_KIND,
  RECOVER_KIND,
  CHECKPOINT_KIND,
  RETENTION_KIND,
  GAP_KIND,
  CLOCK_KIND,
]);

/** Whether a kind is reserved for lines that the journal itself writes. */
export function isOwnKind(kind: string): boolean {
  return OWN_KINDS.has(kind);
}

/** Gives the whole line, newline included. The order of the fields is part of the format. */
export function sealLine(head: Head, content: EncodedContent): string {
  const cut = content.cut === 0 ? '' : `"cut":${content.cut},`;
  return (
    `{"v":${FORMAT_VERSION},"seq":${head.seq},"t":"${head.time}","mono":${head.mono},"boot":"${head.boot}","k":"${head.kind}",` +
    `"batch":${head.batch},"prev":"${head.prev}",${cut}"content":${content.json}}\n`
  );
}

/** Gives what the next line's `prev` says of this one: base64url SHA-256 over all its bytes, newline included. */
export function hashLine(line: string | Uint8Array): string {
  return hash('sha256', line, 'base64url');
}

/** A line read back. */
export interface ParsedLine extends Head {
  readonly read: 'line';
  /** The bytes the content would have taken if it had not been shortened; 0 if it is whole. */
  readonly cut: number;
  readonly content: { readonly [key: string]: unknown };
}

/** How a line begins, in every version that can be read here. */
export const LINE_START = new RegExp(`^\\{"v":[1-${FORMAT_VERSION}],"seq":`);
const HEAD = new RegExp(
  LINE_START.source +
    /([1-9]\d{0,15}),"t":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","mono":(\d{1,16}),"boot":"([0-9a-f]{16})","k":"([a-z][a-z0-9_]{0,63})","batch":([1-9]\d{0,15}),"prev":"([A-Za-z0-9_-]{43})",(?:"cut":([1-9]\d{0,15}),)?"content":\{/
      .source,
);
const HEAD_BYTES = 360;
const ASCII_LINE = /^[ -~]+\n$/;
const VERSION = /^\{"v":([1-9]\d{0,8}),/;

/** The version that a line names, if it is newer than what can be read here; `'none'` for all other bytes. */
export function newerVersion(line: Buffer): number | 'none' {
  const version = Number(VERSION.exec(line.toString('latin1', 0, 16))?.[1] ?? 0);
  return version > FORMAT_VERSION ? version : 'none';
}

/** Reads a line up to its content. `'malformed'`: not a line of this format. */
export function parseHead(line: Buffer): Head | 'malformed' {
  const found = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES));
  return found === null ? 'malformed' : headOf(found);
}

function headOf(found: RegExpExecArray): Head {
  const [, seq, time = '', mono, boot = '', kind = '', batch, prev = ''] = found;
  return { seq: Number(seq), time, mono: Number(mono), boot, kind, batch: Number(batch), prev };
}

/** Bytes that are not a line, and why. */
export interface Malformed {
  readonly read: 'damaged';
  readonly detail: string;
}

/** A line whose content was not parsed: it is whole, in printable ASCII, and has a valid head. */
export interface FormedLine extends Head {
  readonly read: 'line';
  readonly cut: number;
  /** The content, which ought to be JSON. */
  readonly json: string;
}

/** Reads a whole line with its newline, but for its content. No repair is tried. */
export function parseForm(line: Buffer): FormedLine | Malformed {
  const text = line.toString('latin1');
  if (text.length > LINE_BYTES) return malformed(`longer than ${LINE_BYTES} bytes`);
  if (!ASCII_LINE.test(text)) {
    return malformed(text.endsWith('\n') ? 'bytes that are not printable ASCII' : 'no newline at its end');
  }
  const found = HEAD.exec(text);
  if (found === null) return malformed(notALine(line));
  if (!text.endsWith('}}\n')) return NO_OBJECT;
  // The expression ends with the content's opening brace; the line's own closing brace and newline are left out.
  return { read: 'line', ...headOf(found), cut: Number(found[8] ?? 0), json: text.slice(found[0].length - 1, -2) };
}

function notALine(line: Buffer): string {
  const version = newerVersion(line);
  if (version === 'none') return `not a journal line of version ${FORMAT_VERSION}`;
  return `a line of format version ${version}, and this tidegate reads versions up to ${FORMAT_VERSION}`;
}

function malformed(detail: string): Malformed {
  return { read: 'damaged', detail };
}

const NO_OBJECT = malformed('its content is not a JSON object');

/** Reads a whole line with its newline. No repair is tried. */
export function parseLine(line: Buffer): ParsedLine | Malformed {
  const formed = parseForm(line);
  return formed.read === 'damaged' ? formed : withContent(formed);
}

/** Parses the content of a line, too. */
export function withContent({ json, ...head }: FormedLine): ParsedLine | Malformed {
  try {
    const content: unknown = JSON.parse(json);
    return isObject(content) ? { ...head, content } : NO_OBJECT;
  } catch {
    return NO_OBJECT; // JSON.parse's only way to say so.
  }
}
