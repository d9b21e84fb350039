import type { TlsTraffic } from '../../attempt/index.js';
import type { Watch } from '../../policy/index.js';
import { readClientAnswer, readServerAnswer } from '../../protocol/halibut/index.js';
import type { ServerAnswer } from '../../protocol/halibut/index.js';
import { alert } from '../../protocol/tls/index.js';
import type { ClientHello } from '../../protocol/tls/index.js';
import { Wire } from '../wire/index.js';
import { readFrom } from './read-from.js';
import type { Deadline, ReadFrom } from './read-from.js';
import type { Inspected, Scene } from './scene.js';

/** A hello that may go on: as read, as it is in the record, and how many bytes it took. */
interface Greeted {
  readonly hello: ClientHello;
  readonly length: number;
  readonly seen: TlsTraffic;
  readonly watch: Watch;
  readonly until: Deadline;
}

/**
 * Watches a Tentacle's handshake until both certificates were seen, or cannot be. Each end's flight is held until it has
 * been read whole, which delays nobody: the other end can do nothing before it has all of it (RFC 5246 §7.3).
 */
export async function watchHandshake(scene: Scene, greeted: Greeted): Promise<Inspected> {
  const { client } = scene;
  const { hello, length, until } = greeted;
  const upstream = new Wire(scene.upstream);
  // The client's end must end the waiting for the destination, too.
  client.whenGone(() => upstream.stopWaiting());
  await passOn(client, upstream, length, until);
  const reading = await readFrom(upstream, (bytes) => readServerAnswer(bytes, hello), until);
  if (reading.kind === 'whole') return await answered(scene, upstream, greeted, reading);
  // Waiting for a destination that is still there is ended by the client that goes, or by a stop.
  if (reading.kind === 'gone' && !upstream.gone) return scene.brokenOff('client', 'the client ended the TLS handshake');
  return isSettled(greeted) ? over(scene, upstream, greeted.seen) : withoutAnswer(scene, upstream, reading);
}

/**
 * Whether the traffic passes whatever else is seen of it: a rule for any TLS asks nothing behind the hello, and no other
 * rule can take away what it allows (law 6).
 */
function isSettled({ watch }: Greeted): boolean {
  return watch.protocols.includes('tls');
}

type NoAnswer = Exclude<ReadFrom<unknown>, { kind: 'whole' }>;

function withoutAnswer(scene: Scene, upstream: Wire, reading: NoAnswer): Inspected {
  switch (reading.kind) {
    case 'ended':
    case 'gone':
      return scene.brokenOff('destination', 'the destination ended the TLS handshake');
    case 'late':
      return scene.brokenOff('late', 'the destination did not finish its part of the TLS handshake in time');
    case 'foreign':
      return notTls(scene, upstream, 'the destination does not speak TLS');
    case 'malformed':
      return notTls(scene, upstream, `TLS answer of the destination: ${reading.detail}`);
  }
}

function notTls(scene: Scene, upstream: Wire, note: string): Inspected {
  const seen = { protocol: 'unknown' } as const;
  scene.proceed(seen, note);
  return over(scene, upstream, seen);
}

async function answered(
  scene: Scene,
  upstream: Wire,
  greeted: Greeted,
  { value: answer, length }: { readonly value: ServerAnswer; readonly length: number },
): Promise<Inspected> {
  const { hello, seen, watch, until } = greeted;
  if (answer.kind === 'refused') return await refusedByServer(scene, upstream, answer.alert, until);
  // From here on the client may know the version, and takes an alert of no other.
  scene.client.farewell = () => alert('access_denied', answer.version);
  const shown: TlsTraffic = { ...seen, version: answer.version, server: serverIn(answer), client: clientIn(answer) };
  const known: TlsTraffic = { ...shown, server: await provenWhereWanted(scene, shown, watch) };
  if (answer.kind === 'hidden' || !answer.asksForCertificate) return over(scene, upstream, known);
  scene.proceed(known);
  await passOn(upstream, scene.client, length, until);
  const read = (bytes: Buffer) => readClientAnswer(bytes, hello, answer.messages, answer.version);
  const reading = await readFrom(scene.client, read, until);
  if (reading.kind === 'whole') {
    const { value } = reading;
    // Its alert goes on to the destination: what it thinks of the server is not ours to say.
    return over(scene, upstream, value.kind === 'refused' ? known : { ...known, client: value.client });
  }
  if (reading.kind === 'gone' || !isSettled(greeted)) return withoutSecondFlight(scene, upstream, reading);
  return over(scene, upstream, known);
}

function withoutSecondFlight(scene: Scene, upstream: Wire, reading: NoAnswer): Inspected {
  switch (reading.kind) {
    case 'ended':
    case 'gone':
      return scene.brokenOff('client', 'the client ended the TLS handshake');
    case 'late':
      return scene.brokenOff('late', 'the client did not finish its part of the TLS handshake in time');
    case 'foreign':
      return notTls(scene, upstream, 'TLS answer of the client: not TLS');
    case 'malformed':
      return notTls(scene, upstream, `TLS answer of the client: ${reading.detail}`);
  }
}

function serverIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['server'] {
  return answer.kind === 'visible' ? answer.server : { kind: 'hidden', why: answer.why, probe: 'not_made' };
}

function clientIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['client'] {
  if (answer.kind === 'hidden') return { kind: 'hidden', why: answer.why, probe: 'not_made' };
  return answer.asksForCertificate ? { kind: 'not_reached' } : { kind: 'absent' };
}

/** Lets an own handshake fill in what the wire does not prove, where a rule wants that. */
async function provenWhereWanted(scene: Scene, shown: TlsTraffic, watch: Watch): Promise<TlsTraffic['server']> {
  const unproven = shown.server.kind === 'hidden' || shown.server.kind === 'claimed';
  return unproven && watch.probes ? await scene.prove.certificate(shown) : shown.server;
}

/** The destination said no itself: its alert is the client's to see, and there is nothing to add to it. */
async function refusedByServer(scene: Scene, upstream: Wire, alert: string, until: Deadline): Promise<never> {
  scene.client.farewell = 'none';
  await passOn(upstream, scene.client, upstream.held.length, until);
  return scene.brokenOff('destination', `the destination refused the TLS handshake: ${alert}`);
}

function over({ client }: Scene, upstream: Wire, seen: Inspected['seen']): Inspected {
  client.whenGone(undefined);
  return { seen, heldBack: upstream.release() };
}

async function passOn(from: Wire, to: Wire, length: number, until: Deadline): Promise<void> {
  const bytes = from.held.subarray(0, length);
  from.drop(length);
  await to.send([bytes], Math.max(0, until - performance.now()));
}
