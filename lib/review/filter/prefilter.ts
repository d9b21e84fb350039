import { inRange, type Filter } from './filter.js';

/*
 * Most lines of a journal are not what is asked for, and parsing is what costs. So a line's own text is searched first.
 * INVARIANT: whatever this rejects, a full reading would reject too (a property in its test).
 */

/** What the text of a line shows without parsing. `attempt` is empty where the line is about none. */
export interface LinePreview {
  readonly kind: 'decision' | 'close' | 'progress' | 'stop' | 'other';
  readonly attempt: string;
  readonly text: string;
}

const KINDS = ['decision', 'close', 'progress', 'stop'] as const;
const KIND_AT = '"k":"';
const ATTEMPT_AT = '"content":{"attempt":"';

/** Finds the kind of a line and its attempt. */
export function previewLine(bytes: Buffer): LinePreview {
  const text = bytes.toString('latin1');
  const kindAt = text.indexOf(KIND_AT) + KIND_AT.length;
  const kind = KINDS.find((name) => text.startsWith(name, kindAt) && text[kindAt + name.length] === '"') ?? 'other';
  const found = text.indexOf(ATTEMPT_AT, kindAt);
  const from = found + ATTEMPT_AT.length;
  return { kind, attempt: found < 0 ? '' : text.slice(from, text.indexOf('"', from)), text };
}

/**
 * Makes a prefilter of decisions' lines: false where the filter cannot match. `end` is the text of the attempt's `close`,
 * or `''` if it has none that could say more, or `'unknown'`.
 */
export function mayMatch(filter: Filter): (line: string, end: string) => boolean {
  const { since, until, client, destination } = filter;
  const needles = needlesFor(filter);
  // Every text includes an empty one.
  const reason = filter.reason === undefined ? '' : quoted(filter.reason);
  const outcome = filter.outcome === undefined ? '' : `"outcome":${quoted(filter.outcome)}`;
  const fact = filter.fact === undefined ? '' : `"fact":${quoted(filter.fact)}`;
  const text = filter.text?.toLowerCase();
  const range = destination?.kind === 'range' ? destination.range : undefined;
  return (line, end) =>
    needles.every((needle) => line.includes(needle)) &&
    ((end === 'unknown' && line.includes(ALLOWED)) ||
      (verdictMayBe(filter.verdict, line, end) &&
        (line.includes(reason) || end.includes(reason)) &&
        end.includes(outcome) &&
        end.includes(fact))) &&
    (since === undefined || receivedIn(line) >= since) &&
    (until === undefined || receivedIn(line) < until) &&
    (client === undefined || inRange(client, textAfter(line, '"client":{"ip":"'))) &&
    (range === undefined || addressesIn(line).some((address) => inRange(range, address))) &&
    (text === undefined || line.toLowerCase().includes(text));
}

const ALLOWED = '"verdict":"allowed"';

/** What a decision allowed may end in any verdict; an earlier version's `close` says so in other words. */
function verdictMayBe(verdict: Filter['verdict'], line: string, end: string): boolean {
  if (verdict === undefined || line.includes(`"verdict":"${verdict}"`)) return true;
  if (end === '' || !line.includes(ALLOWED)) return false;
  return end.includes(`"verdict":"${verdict}"`) || !end.includes('"verdict":"');
}

function receivedIn(line: string): string {
  return textAfter(line, '"received":"');
}

/** The text that follows a field's name and opening quote, or `''`. */
function textAfter(line: string, name: string): string {
  const at = line.indexOf(name);
  return at < 0 ? '' : line.slice(at + name.length, line.indexOf('"', at + name.length));
}

/** The host asked for, which may be an address, and what it was resolved to. */
function addressesIn(line: string): readonly string[] {
  const host = textAfter(line, '"destination":{"host":"');
  const at = line.indexOf(RESOLVED_AT);
  if (at < 0) return [host];
  const resolved = line.slice(at + RESOLVED_AT.length, line.indexOf(']', at));
  return [host, ...resolved.split(',').map((quotedAddress) => quotedAddress.slice(1, -1))];
}

const RESOLVED_AT = '"resolved":[';

/** Texts that stand in the line of every decision that matches. */
function needlesFor({ user, destination, port, rule, policy }: Filter): readonly string[] {
  const needles: string[] = [];
  if (user !== undefined) needles.push(`"user":${quoted(user)}`);
  if (destination?.kind === 'host') needles.push(`"host":${quoted(destination.host)}`);
  if (destination?.kind === 'under') needles.push(`.${destination.suffix}"`);
  if (port !== undefined) needles.push(`"port":${port}}`);
  // A rule is written as `"id":"feeds"` or as one of several, `"production/feeds"`.
  if (rule !== undefined) needles.push(quoted(rule.slice(rule.indexOf('/') + 1)).slice(1));
  if (policy !== undefined) needles.push(quoted(policy).slice(0, -1));
  return needles;
}

/** A text as in a line: ASCII JSON. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
