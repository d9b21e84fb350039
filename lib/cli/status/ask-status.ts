import { connect } from 'node:net';
import { errorCode, errorMessage } from '../../system/index.js';
import { type Status, statusAddress, statusSchema } from './status.js';

/** What the running instance answered, or that none runs, or why asking failed. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'not_running' }
  | { readonly kind: 'no_answer'; readonly detail: string };

const PATIENCE_MS = 5_000;
const MOST_BYTES = 1024 * 1024;

/** Asks the instance with this state folder how it is. Reaches nothing but that folder's socket. */
export async function askStatus(state: string): Promise<StatusAnswer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'no_answer', detail: address.detail };
  try {
    const read = statusSchema.safeParse(JSON.parse(await everythingFrom(address.path)));
    if (read.success) return { kind: 'status', status: read.data };
    return { kind: 'no_answer', detail: 'the running instance is of another version' };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { kind: 'not_running' };
    return { kind: 'no_answer', detail: errorMessage(error) };
  }
}

function everythingFrom(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = '';
    const socket = connect({ path });
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)));
    socket.on('data', (text: string) => {
      told += text;
      if (told.length > MOST_BYTES) socket.destroy(new Error('the answer has no end'));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(told));
  });
}
