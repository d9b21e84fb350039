import { deadlineIn } from '../socket/index.js';
import { NOTHING, type Inspected, type InspectionContext } from './context.js';
import { inspectSsh } from './ssh.js';
import { inspectTls } from './tls.js';

const S = 'S'.charCodeAt(0);

/**
 * Inspects what a tunnel carries, as far as the remaining rules ask. Bytes of the client are held until policy allows them,
 * and each observation is judged as soon as it is known. Ends when nothing more can be learned; whether the traffic may
 * pass is the caller's next question. Refuses where policy denies on the way.
 */
export async function inspect(context: InspectionContext): Promise<Inspected> {
  const { protocols } = context.watch;
  // Rule T1: a rule for any traffic asks nothing, and no other rule takes away what it allows (law 6).
  if (protocols.length === 0 || protocols.includes('any'))
    return { seen: { protocol: 'not_checked' }, heldBack: NOTHING };
  const wantsSsh = protocols.includes('ssh');
  const wantsTls = protocols.includes('tls') || protocols.includes('tentacle');
  const isSsh = wantsSsh && (!wantsTls || (await speaksSshFirst(context)));
  return isSsh ? await inspectSsh(context) : await inspectTls(context);
}

/** Where both are allowed, the first byte decides. A client that waits for its server can only speak SSH. */
async function speaksSshFirst({ client, cancellation, limits }: InspectionContext): Promise<boolean> {
  const until = deadlineIn(limits.hello);
  while (client.held.length === 0) {
    const { kind } = await client.waitForMore(Math.max(0, until - performance.now()), cancellation);
    if (kind !== 'bytes') return true;
  }
  return client.held[0] === S;
}
