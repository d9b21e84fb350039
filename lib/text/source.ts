import type { Problem } from './problems.js';

/** A text handed to a reader, and the name it is called by in messages and records. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The bytes of a file as text, or why they are none. */
export type SourceReading =
  | { readonly kind: 'value'; readonly value: SourceFile }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem] };

/** The longest file that is read, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** Decodes UTF-8. A byte order mark stays. */
export function decodeSource(path: string, bytes: Uint8Array): SourceReading {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'value', value: { path, text } };
  } catch {
    return { kind: 'problems', problems: [wholeFileProblem(path, 'unreadable', 'the file is not UTF-8 text')] };
  }
}

/** Makes a problem that concerns a file, a flag or a variable as a whole. */
export function wholeFileProblem(file: string, code: Problem['code'], message: string, hint = 'none'): Problem {
  return { severity: 'error', code, file, position: 'whole_file', message, hint };
}
