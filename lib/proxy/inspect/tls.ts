import type { Observation } from '../../attempt/index.js';
import { alert, readClientHello, type ClientHello } from '../../protocol/tls/index.js';
import { sniff, tlsTraffic } from './sniff.js';
import { deadlineIn, readWithin, type ReadResult } from '../socket/index.js';
import { NOTHING, type Inspected, type InspectionContext } from './context.js';
import { watchHandshake } from './tentacle.js';

/**
 * Looks at a tunnel that must carry TLS: the client's hello must be whole, and pass, before one byte of it goes to the
 * destination (rules T2 to T6). A rule for Tentacles has the server's answer looked at too; after the hello of any other
 * TLS there is nothing more to see.
 */
export async function inspectTls(context: InspectionContext): Promise<Inspected> {
  const { client, limits } = context;
  const until = deadlineIn(limits.handshake);
  const reading = await readWithin(client, readClientHello, deadlineIn(Math.min(limits.hello, limits.handshake)));
  if (reading.kind !== 'whole') return withoutHello(context, reading);
  client.tunnelRefusal = () => alert('access_denied');
  const seen = tlsTraffic(reading.value);
  const { watch } = context.proceed(seen);
  // What a rule for any TLS allows, a stricter one beside it cannot take away (law 6).
  if (watch.protocols.includes('tls') || !watch.protocols.includes('tentacle')) return { seen, heldBack: NOTHING };
  return await watchHandshake(context, { hello: reading.value, length: reading.length, seen, watch, until });
}

type NoHello = Exclude<ReadResult<ClientHello>, { kind: 'whole' }>;

/** The first bytes are not what the rule wants. Policy says so, and they pass only where it merely observes. */
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
