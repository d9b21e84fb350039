import { printable, type Style } from '../../../app/terminal/index.js';
import { standardOutput } from './standard-output.js';

/** Writes a result to standard output, with a line end. */
export function print(text: string): void {
  standardOutput.write(`${forTerminal(text, styleOf(process.stdout))}\n`);
}

/** Writes one value as a line of JSON to standard output, with characters that a terminal would obey as escapes. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value).replaceAll(UNSEEN, (character) => escaped(character));
  standardOutput.write(`${json}\n`);
}

/** Controls, format characters and line separators: JSON leaves those beyond ASCII as they are. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** The last gate before a terminal: apart from line ends, tabs and our own colours no control character passes. */
function forTerminal(text: string, { colours }: Style): string {
  const parts = colours ? text.split(/(\u001b\[(?:0|3[123]|90)m)/) : [text];
  return parts.map((part, index) => (index % 2 === 1 ? part : lines(part))).join('');
}

function lines(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : '?'));
}

/** Writes a message to standard error, and details below it. */
export function complain(message: string, ...details: readonly string[]): void {
  const text = [`tidegate: ${message}`, ...details.map((line) => `  ${line}`), ''].join('\n');
  process.stderr.write(lines(text));
}

/** What standard output, or standard error, can show. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  return { colours: stream.isTTY && (process.env['NO_COLOR'] ?? '') === '' };
}

/** A line of a report: its label, empty on a further line of the same kind, and its text. */
export type LabelledLine = readonly [label: string, text: string];

/** Lays out lines with their labels in one column of this width. Control characters become `?`. */
export function labelled(lines: readonly LabelledLine[], width: number): readonly string[] {
  return lines.map(([label, text]) => `${label.padEnd(width)}${printable(text)}`.trimEnd());
}

/** The time between two moments, in the largest two units: `3d 4h`, `12m 5s`. */
export function duration(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ');
}
