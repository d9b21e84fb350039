/**
 * `tidegate probe HOST:PORT`: what a rule must pin, asked of the destination itself, through the running tidegate: its
 * policy is asked first, and each handshake is recorded like any attempt. Start at `probe.ts`, then `ask.ts` for
 * the questions and `tunnel.ts` for the way.
 */
export { addProbeCommand } from './probe-command.js';
