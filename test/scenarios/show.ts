import type { Line } from '../fixtures/tidegate.js';
import type { Got } from './play.js';

/** What the client got, a line each: a message as its status and reason, bytes of a tunnel after `| `. */
export function showGot(got: readonly Got[]): string {
  return got.map((one) => (one.kind === 'message' ? statusLine(one.head) : showOther(one))).join('');
}

/** The same with whole heads and bodies, as they stood on the wire. */
export function showInFull(got: readonly Got[]): string {
  return got.map((one) => (one.kind === 'message' ? ending(showBytes(one.head + one.body)) : showOther(one))).join('');
}

function showOther(one: Exclude<Got, { kind: 'message' }>): string {
  if (one.kind === 'mark') return `${one.text}\n`;
  if (one.kind === 'output') return showOutput(one.text);
  return showBytes(one.text)
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `| ${line}\n`)
    .join('');
}

/** What a command printed, without what differs from one run to the next: ages, accounts, and the width of columns. */
function showOutput(text: string): string {
  return text
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/^(\S+ {2})\d+[smhd](?: \d+[smhd])?(?= {2})/gm, '$1AGE')
    .replaceAll(/^(?=.)/gm, '> ');
}

function statusLine(head: string): string {
  return `${head.slice(head.indexOf(' ') + 1, head.indexOf('\r\n'))}\n`;
}

/** Bytes as readable lines: CRLF ends a line; any other byte that is not printable ASCII is shown escaped. */
function showBytes(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/\r\n/g, '\f')
    .replace(/[^\x20-\x7e\f]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll('\f', '\n');
}

function ending(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** What reached the servers, connection by connection. */
export function showUpstream(received: readonly string[]): string {
  const shown = received.map((text) => ending(showBytes(text)));
  return shown.length < 2 ? shown.join('') : shown.map((text, index) => `(connection ${index + 1})\n${text}`).join('');
}

/** The attempts' records, a line each: what was decided on what, and how it ended; under it what was seen inside, if anything. */
export function showJournal(lines: readonly Line[]): string {
  return lines.flatMap((line) => SHOWN[String(line['kind'])]?.(line) ?? []).join('');
}

const SHOWN: Readonly<Record<string, (line: Line) => string>> = {
  decision: (line) => {
    const { host, port } = nested(line, 'destination');
    const { policy, id } = nested(line, 'rule');
    const { user } = nested(line, 'client');
    return words(
      word(line['verdict']),
      word(line['reason']),
      word(line['strictness_rule']),
      line['would_deny'] === 'none' ? '' : `would-deny ${word(line['would_deny'])}`,
      word(line['method']),
      word(host) === '' ? '' : `${word(host)}:${word(port)}`,
      word(id) === '' ? '' : `rule ${word(policy)}/${word(id)}`,
      word(user) === '' ? '' : `user ${word(user)}`,
    );
  },
  close: (line) => {
    const end = words(
      'close',
      word(line['status']),
      `out ${word(line['bytes_out'])} in ${word(line['bytes_in'])}`,
      word(line['ended_by']),
      line['ended_by'] === 'operator' ? showWho(line['detail']) : '',
    );
    return end + showInside(line);
  },
  admin: (line) => (line['action'] === 'tunnels_cut' ? words('admin tunnels_cut', showWho(line['detail'])) : ''),
};

/** Without the account, which is this machine's. */
function showWho(detail: unknown): string {
  return word(detail).replace(/cut by [^:]+:/, 'cut by ACCOUNT:');
}

const INSIDE = ['tls', 'ssh', 'unknown', 'silent'];

/** What a look inside saw and made of it, where there was one. */
function showInside(line: Line): string {
  if (!INSIDE.includes(word(line['seen']))) return '';
  const seen = words(
    `  seen ${word(line['seen'])}`,
    word(line['server_name'] ?? line['software_version']),
    unlessNone(line['would_deny'], (reason) => `would-deny ${reason}`),
    unlessNone(line['detail'], (detail) => `(${detail})`),
  );
  return seen + ((line['checks'] ?? []) as readonly Line[]).map(showCheck).join('');
}

function showCheck({ fact, outcome, expected, seen, detail }: Line): string {
  const listed = ((expected ?? []) as readonly string[]).join(' or ');
  const more = unlessNone(detail, (text) => `(${text})`);
  return words(`  ${word(fact)} ${word(outcome)}: expected ${listed}, seen ${word(seen ?? 'none')}`, more);
}

function nested(line: Line, name: string): Line {
  return (line[name] ?? {}) as Line;
}

function unlessNone(value: unknown, tell: (text: string) => string): string {
  const text = word(value);
  return text === '' || text === 'none' ? '' : tell(text);
}

/** A text or a number as a word; nothing for what a record leaves out. */
function word(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function words(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join(' ')}\n`;
}
