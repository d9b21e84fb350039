/**
 * The users of the proxy and their passwords. A users file has one `name:hash` line for each user; passwords themselves are
 * stored nowhere. This room knows no HTTP, policy or journal. Start at `users.ts`; guesses are limited in
 * `guess-limits.ts` and checked in the order of `fair-queue.ts`; how a password is stored is in
 * `password-hash.ts`, the file on disk in `users-file.ts`, changes to it in `users-change.ts`.
 */
export { openUsers } from './users.js';
export type { Users } from './users.js';
export { hashPassword } from './password-hash.js';
export { listUsers } from './users-file.js';
export type { UsersProblem } from './users-file.js';
export { addUser, removeUser } from './users-change.js';
export { checkPassword, checkUserName } from './credentials.js';
