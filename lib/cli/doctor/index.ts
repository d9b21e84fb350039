/**
 * `tidegate doctor`: an installation examined from its admin's side, each fault with its remedy. A check looks at one
 * thing and gives findings; it asks the rooms whose thing that is, and decides nothing that they decide. It changes
 * nothing, and what it asks of the proxy is judged and recorded as of any client.
 *
 * Start at `examination.ts`, which holds the order; `finding.ts` is what every check gives.
 */
export { examine } from './doctor.js';
