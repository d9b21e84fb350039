/**
 * Questions to DNS servers, in the order of the servers, as glibc asks them: the one place where tidegate talks to a name server.
 *
 * What it refuses to know: policy and attempts. Who may ask for a name is decided elsewhere: only `proxy/upstream/resolve.ts`
 * asks for names of clients (law 2), and `outbox/host-lookup.ts` for names in the configuration. Start at `ask.ts`; `exchange.ts` is
 * one question to one server, `families.ts` asks for both families of addresses.
 */
export { DnsClient, type Asking, type AskResult, type ServerFailure } from './ask.js';
export { askFamilies, answersOf, type Answers } from './families.js';
export { askServer, type ServerOutcome } from './exchange.js';
export { readDnsServer, type DnsServer } from './server.js';
export { ServerList, systemServers } from './server-list.js';
