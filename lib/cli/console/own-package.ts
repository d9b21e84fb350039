import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// From build/lib/cli/console/ to the folder that holds package.json.
const home = new URL('../../../../', import.meta.url);

/** The folder of the policies that come with tidegate. */
export const ownPolicies = fileURLToPath(new URL('policies', home));

/** tidegate's version, from its package.json. */
export function ownVersion(): string {
  const text = readFileSync(new URL('package.json', home), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
