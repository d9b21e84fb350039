import { connect } from 'node:net';
import { errorCode, errorMessage, isPermission } from '../../system/index.js';
import { type Status, statusAddress, statusSchema } from './status.js';

/**
 * The status of the running instance, or that none runs, or why it gave none. `not_permitted`: whether one runs cannot be seen by
 * this account.
 */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'not_running' }
  | { readonly kind: 'not_permitted'; readonly detail: string }
  | { readonly kind: 'no_answer'; readonly detail: string };

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** Requests the status of the instance with this state folder. Reaches only that folder's socket. */
export async function requestStatus(state: string): Promise<StatusAnswer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'no_answer', detail: address.detail };
  try {
    const read = statusSchema.safeParse(JSON.parse(await readToEnd(address.path)));
    if (read.success) return { kind: 'status', status: read.data };
    return { kind: 'no_answer', detail: 'the running instance has another version' };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { kind: 'not_running' };
    return { kind: isPermission(code) ? 'not_permitted' : 'no_answer', detail: errorMessage(error) };
  }
}

function readToEnd(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ path });
    socket.setEncoding('utf8');
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    socket.on('data', (text: string) => {
      received += text;
      if (received.length > MAX_BYTES) socket.destroy(new Error(`the answer exceeds ${MAX_BYTES} bytes`));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
