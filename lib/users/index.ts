/**
 * Who may use the proxy, and whether a password is right. A users file holds one `name:hash` line for each user; the
 * passwords themselves are kept nowhere. This room knows no HTTP, no policy and no journal: it answers `verified`,
 * `rejected` or `rate_limited`, and what a caller makes of that is its own business. Start at `users.ts`; how a password
 * is stored is in `password-hash.ts`, the file on disk in `users-file.ts`, changes to it in `users-change.ts`.
 */
export { openUsers } from './users.js';
export type { Users } from './users.js';
export { hashPassword } from './password-hash.js';
export { listUsers } from './users-file.js';
export type { UsersProblem } from './users-file.js';
export { addUser, removeUser } from './users-change.js';
export { checkPassword, checkUserName } from './credentials.js';
