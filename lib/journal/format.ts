import { FORMAT_VERSION, newestFormat } from './lines/index.js';

/** A journal that a newer tidegate wrote, in a version of the format that this one cannot read, and what to do. */
export interface NewerFormat {
  readonly kind: 'newer_format';
  readonly directory: string;
  readonly version: number;
  readonly detail: string;
  readonly remedy: string;
}

/**
 * Checks by a journal's newest lines whether its version of the format can be read here. Called before a journal is read or
 * continued: what a newer version means is never guessed at. Throws the system's errors.
 */
export async function checkFormat(directory: string): Promise<'known' | NewerFormat> {
  const format = await newestFormat(directory);
  if (format === 'known') return 'known';
  const { newer: version } = format;
  return {
    kind: 'newer_format',
    directory,
    version,
    detail: `the journal in "${directory}" has lines of format version ${version}, and this tidegate reads versions up to ${FORMAT_VERSION}`,
    remedy: 'a newer tidegate wrote them: use that version or a later one; nothing was changed',
  };
}
