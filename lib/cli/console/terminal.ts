import type { Style } from '../../app/terminal/index.js';
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

/** What standard output, or standard error, can show. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  const colours = stream.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return { colours, width: stream.isTTY ? stream.columns : 'unlimited' };
}
