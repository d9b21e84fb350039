/**
 * `tidegate probe HOST:PORT`: what a rule must pin, shown by the destination itself, through the running instance: its
 * policy is judged first, and each handshake is recorded like any attempt. Start at `probe.ts`, then
 * `identities.ts`.
 */
export { probeCommand } from './probe-command.js';
