import { resolve } from 'node:path';

/** How a log file is written, under the names that winston's own file transport has for it. */
export interface FileOptions {
  /** The newest file. Older ones lie beside it: `tidegate.1.log`, `tidegate.2.log`, the higher the newer. */
  readonly path: string;
  /** The size at which the next file is begun, in bytes. */
  readonly maxBytes: number | 'unlimited';
  /** How many files there are at most, the newest included. */
  readonly maxFiles: number | 'unlimited';
  /** Whether older files are compressed with gzip. */
  readonly compress: boolean;
  readonly eol: string;
  /** Lines below this level are left out. */
  readonly level: string;
  /** Whether the file is opened only for its first line. */
  readonly lazy: boolean;
}

const KNOWN = new Set([
  'filename',
  'dirname',
  'maxsize',
  'maxFiles',
  'tailable',
  'zippedArchive',
  'eol',
  'level',
  'lazy',
]);

/** Reads the options of a file transport, or says in words what is wrong with them. Relative paths are below `folder`. */
export function readFileOptions(
  options: Readonly<Record<string, unknown>>,
  folder: string,
): FileOptions | { readonly kind: 'problem'; readonly detail: string } {
  const problem = (detail: string) => ({ kind: 'problem', detail }) as const;
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) {
    return problem(`option "${unknown}" is not supported: use ${[...KNOWN].join(', ')}`);
  }
  const { filename, dirname = '.', eol = '\n', level = 'silly' } = options;
  if (typeof filename !== 'string' || filename === '') return problem('option "filename" is required');
  if (typeof dirname !== 'string') return problem('option "dirname" is not a text');
  if (typeof eol !== 'string' || typeof level !== 'string') return problem('options "eol" and "level" are texts');
  const maxBytes = countOf(options['maxsize']);
  const maxFiles = countOf(options['maxFiles']);
  if (maxBytes === 'malformed') return problem('option "maxsize" is a number of bytes, 1 or more');
  if (maxFiles === 'malformed') return problem('option "maxFiles" is a number of files, 1 or more');
  return {
    path: resolve(folder, dirname, filename),
    ...{ maxBytes, maxFiles, eol, level },
    compress: options['zippedArchive'] === true,
    lazy: options['lazy'] === true,
  };
}

function countOf(value: unknown): number | 'unlimited' | 'malformed' {
  if (value === undefined || value === null) return 'unlimited';
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 'malformed';
}
