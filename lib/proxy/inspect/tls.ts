import type { Observation } from '../../attempt/index.js';
import { alert, readClientHello, type ClientHello } from '../../protocol/tls/index.js';
import { sniff, tlsTraffic } from './sniff.js';
import { deadlineIn, readWithin, type ReadResult } from '../socket/index.js';
import { NOTHING, type Inspected, type InspectionContext } from './context.js';
import { watchHandshake } from './tentacle.js';

/**
 * Inspects a tunnel that must carry TLS: the client's hello must be whole, and pass, before a byte of it goes to the
 * destination (rules T2 to T6). For a Tentacle rule the server's response is inspected too.
 */
export async function inspectTls(context: InspectionContext): Promise<Inspected> {
  const { client, limits } = context;
  const deadline = deadlineIn(limits.handshake);
  const reading = await readWithin(
    client,
    readClientHello,
    deadlineIn(Math.min(limits.hello, limits.handshake)),
    context.cancellation,
  );
  if (reading.kind !== 'whole') return withoutHello(context, reading);
  client.tunnelRefusal = () => alert('access_denied');
  const seen = tlsTraffic(reading.value);
  const { watch } = context.proceed(seen);
  // A stricter rule beside one for any TLS takes nothing away (law 6).
  if (watch.protocols.includes('tls') || !watch.protocols.includes('tentacle')) return { seen, heldBack: NOTHING };
  return await watchHandshake(context, { hello: reading.value, length: reading.length, seen, watch, deadline });
}

type NoHello = Exclude<ReadResult<ClientHello>, { kind: 'whole' }>;

/** The first bytes are not what the rule allows: they pass only in observe mode. */
function withoutHello(context: InspectionContext, reading: NoHello): Inspected {
  const { client, limits } = context;
  switch (reading.kind) {
    case 'ended':
    case 'gone':
      return context.abort('client', 'the client ended the tunnel before a whole TLS hello');
    case 'late': {
      const note = `no whole TLS hello within ${limits.hello} ms`;
      return notExpected(context, client.held.length === 0 ? { protocol: 'silent' } : { protocol: 'unknown' }, note);
    }
    case 'malformed':
      client.tunnelRefusal = () => alert('decode_error');
      return notExpected(context, { protocol: 'unknown' }, `TLS hello: ${reading.detail}`);
    case 'foreign': {
      const { seen, tunnelRefusal } = sniff(client.held);
      client.tunnelRefusal = tunnelRefusal;
      return notExpected(context, seen, 'the client does not speak TLS');
    }
  }
}

function notExpected(context: InspectionContext, seen: Observation, note: string): Inspected {
  context.proceed(seen, note);
  return { seen, heldBack: NOTHING };
}
