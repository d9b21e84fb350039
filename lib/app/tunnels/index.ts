/**
 * What is open in a running instance, listed and ended on request: what the status socket answers beside the status. Knows
 * neither the socket nor how rows are shown. Start at `requests.ts` (the shapes); then `answer.ts`, and for the other end
 * `request-tunnels.ts`.
 */
export { answerRequest, type TunnelSource } from './answer.js';
export { requestCut, requestTunnels, type MissingReply } from './request-tunnels.js';
export type { Cut, CutRequest, ListRequest, Rejection, Selection, Tunnel, Tunnels } from './requests.js';
export { readSelection } from './select.js';
