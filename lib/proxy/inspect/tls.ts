import type { Observation } from '../../attempt/index.js';
import { alert, readClientHello, type ClientHello } from '../../protocol/tls/index.js';
import { glance, tlsTraffic } from './glance.js';
import { inMs, readFrom, type ReadFrom } from './read-from.js';
import { NOTHING, type Inspected, type Scene } from './scene.js';
import { watchHandshake } from './tentacle.js';

/**
 * Looks at a tunnel that must carry TLS: the client's hello must be whole, and pass, before one byte of it goes to the
 * destination (rules T2 to T6). A rule for Tentacles has the server's answer looked at too; after the hello of any other
 * TLS there is nothing more to see.
 */
export async function inspectTls(scene: Scene): Promise<Inspected> {
  const { client, limits } = scene;
  const until = inMs(limits.handshake);
  const reading = await readFrom(client, readClientHello, inMs(Math.min(limits.hello, limits.handshake)));
  if (reading.kind !== 'whole') return withoutHello(scene, reading);
  client.farewell = () => alert('access_denied');
  const seen = tlsTraffic(reading.value);
  const { watch } = scene.proceed(seen);
  // What a rule for any TLS allows, a stricter one beside it cannot take away (law 6).
  if (watch.protocols.includes('tls') || !watch.protocols.includes('tentacle')) return { seen, heldBack: NOTHING };
  return await watchHandshake(scene, { hello: reading.value, length: reading.length, seen, watch, until });
}

type NoHello = Exclude<ReadFrom<ClientHello>, { kind: 'whole' }>;

/** The first bytes are not what the rule wants. Policy says so, and they pass only where it merely observes. */
function withoutHello(scene: Scene, reading: NoHello): Inspected {
  const { client, limits } = scene;
  switch (reading.kind) {
    case 'ended':
    case 'gone':
      return scene.brokenOff('client', 'the client ended the tunnel before a whole TLS hello');
    case 'late': {
      const note = `no whole TLS hello within ${limits.hello} ms`;
      return notExpected(scene, client.held.length === 0 ? { protocol: 'silent' } : { protocol: 'unknown' }, note);
    }
    case 'malformed':
      client.farewell = () => alert('decode_error');
      return notExpected(scene, { protocol: 'unknown' }, `TLS hello: ${reading.detail}`);
    case 'foreign': {
      const { seen, farewell } = glance(client.held);
      client.farewell = farewell;
      return notExpected(scene, seen, 'the client does not speak TLS');
    }
  }
}

function notExpected(scene: Scene, seen: Observation, note: string): Inspected {
  scene.proceed(seen, note);
  return { seen, heldBack: NOTHING };
}
