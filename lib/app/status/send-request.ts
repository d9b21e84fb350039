import { connect } from 'node:net';
import { errorCode, errorMessage, isPermission } from '../../system/index.js';
import { statusAddress } from './status.js';

/** The reply to a request, or that no instance runs, or why there was none. */
export type SocketAnswer =
  | { readonly kind: 'reply'; readonly reply: unknown }
  | { readonly kind: 'not_running' }
  | { readonly kind: 'not_permitted' | 'no_answer'; readonly detail: string };

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Sends one line to the instance with this state folder, and gives its reply: one line of JSON. No line (`''`) requests the
 * status, which every version gives.
 */
export async function sendRequest(state: string, line: string): Promise<SocketAnswer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'no_answer', detail: address.detail };
  try {
    const text = await exchange(address.path, line === '' ? '' : `${line}\n`);
    if (text === '') return { kind: 'no_answer', detail: 'it closed the connection without an answer' };
    return { kind: 'reply', reply: JSON.parse(text) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { kind: 'not_running' };
    return { kind: isPermission(code) ? 'not_permitted' : 'no_answer', detail: errorMessage(error) };
  }
}

function exchange(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ path });
    // The end of our half says that no more comes: the instance need not wait for a line.
    socket.end(request);
    socket.setEncoding('utf8');
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    socket.on('data', (text: string) => {
      received += text;
      if (received.length > MAX_BYTES) socket.destroy(new Error(`the answer exceeds ${MAX_BYTES} bytes`));
    });
    socket.on('error', (error) => {
      // An earlier version does not read the line, and its system resets the connection behind the whole answer.
      if (received.endsWith('\n')) resolve(received);
      else reject(error);
    });
    socket.on('close', () => resolve(received));
  });
}
