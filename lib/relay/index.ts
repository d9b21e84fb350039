/**
 * Two sockets, bytes both ways. Knows nothing of attempts or protocols and never reads a byte; of policy it knows the
 * clearance, which it takes as its token. {@link Relay} is one small interface, so that a faster engine can replace
 * {@link portableRelay}. Start at `relay.ts`.
 */
export { dropListeners, ifOrderlyEnd, ignoreError, resetSocket } from './orderly-end.js';
export { portableRelay, RELAYED_SOCKET } from './relay.js';
export type { EarlyBytes, Relay, RelayLimits, RelayResult, RelaySession } from './relay.js';
