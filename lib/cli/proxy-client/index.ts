/**
 * A client of the running proxy: where it listens, and one CONNECT to it. It judges nothing: what a reply means is up to
 * the command. Start at `request-connect.ts`.
 */
export { listenersOf, type ListenerAddress } from './listeners.js';
export { attemptIn, errorTypeIn, fieldIn, requestConnect, type ConnectReply } from './request-connect.js';
