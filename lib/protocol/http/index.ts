/**
 * HTTP/1 as bytes: heads and bodies to facts, and facts back to bytes, in both directions. Strict, since what is read
 * here is what the judge sees: a message is either exactly what the rules of `docs/strictness.md` say, or refused by the
 * code of the rule it broke. Nothing is copied through: heads are rebuilt from what was read.
 *
 * Refuses to know sockets, policy, users and time. Start at `request.ts`; `head.ts` is what requests and responses
 * share, `body.ts` reads what follows them, `rebuild.ts` is the way back.
 */
export { createBodyReader } from './body.js';
export { readBasicCredentials } from './credentials.js';
export {
  CHUNK_TAIL,
  LAST_CHUNK,
  chunkHead,
  endToEndFields,
  formatRequestHead,
  formatResponseHead,
  hasPassedThrough,
  oneHopLess,
  viaField,
} from './rebuild.js';
export { isSafe, readRequestHead, REQUEST_METHODS } from './request.js';
export { readResponseHead } from './response.js';
export type {
  BadMessage,
  BodyReader,
  BodyStep,
  Field,
  Framing,
  HeadProgress,
  HttpRule,
  RequestHead,
  ResponseHead,
  Target,
} from './types.js';
