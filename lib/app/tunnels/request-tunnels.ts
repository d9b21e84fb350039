import { sendRequest } from '../status/index.js';
import {
  type Cut,
  type CutRequest,
  cutSchema,
  type ListRequest,
  type Rejection,
  rejectionSchema,
  type Tunnels,
  tunnelsSchema,
} from './requests.js';

/** No reply: no instance runs, or why it gave none. */
export type MissingReply =
  { readonly kind: 'not_running' } | { readonly kind: 'not_permitted' | 'no_answer'; readonly detail: string };

/** Requests a list of what is open in the instance with this state folder. */
export function requestTunnels(state: string, request: ListRequest): Promise<Tunnels | Rejection | MissingReply> {
  return send(state, request, (reply) => tunnelsSchema.safeParse(reply).data);
}

/** Requests that open traffic be ended. */
export function requestCut(state: string, request: CutRequest): Promise<Cut | Rejection | MissingReply> {
  return send(state, request, (reply) => cutSchema.safeParse(reply).data);
}

/** How often a request is sent again that was answered with the status: the instance had not seen it, and has done nothing. */
const TRIES = 3;

async function send<T>(
  state: string,
  request: ListRequest | CutRequest,
  read: (reply: unknown) => T | undefined,
): Promise<T | Rejection | MissingReply> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const answer = await sendRequest(state, JSON.stringify(request));
    if (answer.kind !== 'reply') return answer;
    const reply = read(answer.reply) ?? rejectionSchema.safeParse(answer.reply).data;
    if (reply !== undefined) return reply;
  }
  const detail = 'the running instance has another version, which does not know this request: restart it';
  return { kind: 'no_answer', detail };
}
