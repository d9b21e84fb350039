/**
 * The journey: one client's try to get out, from its first byte to the last record. Start reading at `journey.ts`; each
 * verb it uses is a file here. This room knows no files, flags or formats: policy, journal and users are handed in.
 * It is the only room that dials (`upstream/connect.ts`), and it can dial only what a recorded permit names.
 */
export { ownMachine } from './listening/index.js';
export type { ListenAddress } from './listening/index.js';
export { createProxy } from './proxy.js';
export type { PassingTraffic } from './registry/index.js';
export { checkDnsServers, createOperatorResolver } from './upstream/index.js';
export type {
  Authentication,
  LogLine,
  OperatorLog,
  Proxy,
  ProxyOptions,
  ProxyStatistics,
  Recorder,
} from './options.js';
export type { DnsServerState } from './upstream/index.js';
