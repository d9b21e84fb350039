/**
 * Every way to refuse: status, RFC 9209 error type, reason phrase, verdict of the record. Knows no sockets. The tables
 * cover every reason, or the build fails. Start at {@link Refusal}.
 */
export {
  orRefuse,
  refuseFailed,
  refuseForeignChallenge,
  refuseMalformed,
  refuseNotFound,
  refuseRequest,
  refuseUnrecorded,
  Refused,
} from './refuse.js';
export type { Refusal } from './refuse.js';
