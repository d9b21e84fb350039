/**
 * Whether a log-in would help a client that sent no credentials. It asks the judge what it would say of users, and decides
 * nothing else; it refuses to know passwords and settings. Start at `log-in.ts`; the users that it asks about are in `stand-ins.ts`.
 */
export { logInAtAdmit, logInAtPermit, logInFor, type LogIn } from './log-in.js';
export { anyUser, type KnownUsers, type LogInQuestion } from './stand-ins.js';
