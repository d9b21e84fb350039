/**
 * The way out: names are looked up and addresses dialled here, and nowhere else. No look-up without an admission and a
 * writable journal, no dial without a permit whose decision is on disk. Start at `connect.ts`.
 */
export { connect } from './connect.js';
export type { DialOptions, Upstream } from './connect.js';
export { IdleUpstreams } from './idle-upstreams.js';
export { createOperatorResolver, createResolver } from './resolve.js';
export type { Answers } from '../../dns/index.js';
export type { NameResolver, ResolverOptions } from './resolve.js';
export { checkDnsServers } from './resolver-check.js';
export type { DnsServerState } from './resolver-check.js';
