import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { hashPassword } from '../../lib/users/index.js';
import { replaceDurably } from '../../lib/system/index.js';

/** Makes a folder that goes away with the test. */
export async function folderFor(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-users-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a users file of the given names and passwords, and answers its path. */
export async function usersFile(t: ExecutionContext, users: Readonly<Record<string, string>>): Promise<string> {
  const path = join(await folderFor(t), 'users');
  await writeUsers(path, users);
  return path;
}

/** Replaces the text of a users file. */
export async function writeUsers(path: string, users: Readonly<Record<string, string>>): Promise<void> {
  const lines = await Promise.all(
    Object.entries(users).map(async ([name, password]) => `${name}:${await hashPassword(password)}\n`),
  );
  // A look at the file must not find it half written.
  await replaceDurably(path, lines.join(''));
}

/** Waits until `holds`, asking every 20 ms. Only the test's own time-out ends the waiting. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
