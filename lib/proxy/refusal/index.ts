/**
 * Every way of saying no: which status, which RFC 9209 error type, which words, which verdict in the record. Knows no
 * sockets. Start at {@link Refusal}; the tables beside it cover every reason, or the build fails.
 */
export { orRefuse, refuseFailed, Refused, refuseUnrecorded, refuseRequest, refuseMalformed } from './refuse.js';
export type { Refusal, RefusalStatus } from './refuse.js';
