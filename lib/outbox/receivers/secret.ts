import { readPrivately } from '../../system/index.js';

/** Where a secret is kept. */
export type SecretSource =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'variable'; readonly name: string };

/** A secret, or why there is none. */
export type SecretReading =
  { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'problem'; readonly detail: string };

const MAX_BYTES = 16 * 1024;
const OTHERS_READ = 0o004;

/** Reads a secret: the first line of a file that is not readable by everyone, or a variable of `env`. Never throws. */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv): Promise<SecretReading> {
  if (source.kind === 'variable')
    return printable(env[source.name] ?? '', `environment variable ${source.name} is not set to printable ASCII`);
  const { path } = source;
  const read = await readPrivately(path, MAX_BYTES, OTHERS_READ);
  if (read.kind === 'bytes') {
    const [line = ''] = read.bytes.toString().split(/\r?\n/, 1);
    return printable(line, `${path} does not begin with a line of printable ASCII`);
  }
  const why = {
    absent: 'cannot be read (ENOENT)',
    exposed: 'may be read by every account of this machine: chmod 600 it',
    failed: `cannot be read (${read.kind === 'failed' ? read.reason : ''})`,
    too_large: 'is too long to be a secret',
  }[read.kind];
  return { kind: 'problem', detail: `${path} ${why}` };
}

function printable(text: string, detail: string): SecretReading {
  return /^[!-~]+$/.test(text) ? { kind: 'secret', secret: text } : { kind: 'problem', detail };
}
