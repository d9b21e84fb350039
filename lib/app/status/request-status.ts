import { sendRequest } from './send-request.js';
import { type Status, statusSchema } from './status.js';

/**
 * The status of the running instance, or that none runs, or why it gave none. `not_permitted`: whether one runs cannot be seen by
 * this account.
 */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'not_running' }
  | { readonly kind: 'not_permitted'; readonly detail: string }
  | { readonly kind: 'no_answer'; readonly detail: string };

/** Requests the status of the instance with this state folder. Reaches only that folder's socket. */
export async function requestStatus(state: string): Promise<StatusAnswer> {
  const answer = await sendRequest(state, '');
  if (answer.kind !== 'reply') return answer;
  const read = statusSchema.safeParse(answer.reply);
  if (read.success) return { kind: 'status', status: read.data };
  return { kind: 'no_answer', detail: 'the running instance has another version' };
}
