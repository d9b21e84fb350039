import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// From build/lib/app/product/ to the folder that holds package.json.
const home = new URL('../../../../', import.meta.url);

/** The folder of the policies that come with tidegate. */
export const ownPolicies = fileURLToPath(new URL('policies', home));

const shape = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

/** tidegate's version, from its package.json. */
export function ownVersion(): string {
  return ownPackage().version;
}

/** The supported versions of Node, as package.json writes them: `^20.19 || >=24.12`. */
export function supportedNodes(): string {
  return ownPackage().engines.node;
}

/** When the files of this tidegate were installed: a correct clock is never before that. */
export function unpackedAt(): Date {
  return statSync(fileURLToPath(import.meta.url)).mtime;
}

function ownPackage(): z.infer<typeof shape> {
  return shape.parse(JSON.parse(readFileSync(new URL('package.json', home), 'utf8')));
}
