/**
 * Two sockets, bytes both ways. Knows nothing of policy, attempts or protocols, and never looks at a byte. It is a room
 * of its own, with one small interface, so that a faster engine can take its place. Start at {@link relay}.
 */
export { resetSocket, ignoreError, dropListeners, ifOrderlyEnd } from './orderly-end.js';
export { relay } from './relay.js';
export type { EarlyBytes, RelayResult, RelaySession, RelayOptions } from './relay.js';
