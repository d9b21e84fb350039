import type { ExitCode } from './exit-codes.js';

/** Writes a result to standard output, with a line end. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes one value as a line of JSON to standard output. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}

/** Writes what went wrong to standard error, what to do under it, and gives back the code to end with. */
export function complain(code: ExitCode, what: string, ...more: readonly string[]): ExitCode {
  process.stderr.write([`tidegate: ${what}`, ...more.map((line) => `  ${line}`), ''].join('\n'));
  return code;
}

/** How a table may look where it goes: colours only on a terminal whose owner has not set `NO_COLOR`. */
export interface Looks {
  readonly colours: boolean;
  readonly width: number | 'unlimited';
}

/** What standard output, or standard error, can show. */
export function looksOf(stream: NodeJS.WriteStream): Looks {
  const colours = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return { colours, width: stream.isTTY ? stream.columns : 'unlimited' };
}

/** A colour by what it means. */
export type Meaning = 'good' | 'warning' | 'bad' | 'quiet';

const codes = { good: 32, warning: 33, bad: 31, quiet: 90 } as const satisfies Record<Meaning, number>;

/** Colours a text, where colours are allowed. */
export function coloured(text: string, meaning: Meaning, { colours }: Looks): string {
  return colours ? `\u001b[${codes[meaning]}m${text}\u001b[0m` : text;
}

/** Makes a text safe to show: control characters and what turns a line around become `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
