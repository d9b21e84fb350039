import type { TlsTraffic } from '../../attempt/index.js';
import type { Watch } from '../../policy/index.js';
import { readClientAnswer, readServerAnswer, type ServerAnswer } from '../../protocol/halibut/index.js';
import { alert, type ClientHello } from '../../protocol/tls/index.js';
import { BufferedSocket, type Deadline, readWithin } from '../socket/index.js';
import type { Inspected, InspectionContext } from './context.js';

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
export async function watchHandshake(context: InspectionContext, greeted: Greeted): Promise<Inspected> {
  const { client } = context;
  const { hello, length, seen, until } = greeted;
  const upstream = new BufferedSocket(context.upstream);
  // The client's end must end the waiting for the destination, too.
  client.whenGone(() => upstream.stopWaiting());
  // Nobody half-closes in the middle of a handshake but to go.
  client.whenEnded(() => upstream.stopWaiting());
  await passOn(client, upstream, length, until);
  const reading = await readWithin(upstream, (bytes) => readServerAnswer(bytes, hello), until);
  switch (reading.kind) {
    case 'ended':
    case 'gone':
      if (client.ended) return context.abort('client', 'the client ended the TLS handshake');
      return context.abort('destination', 'the destination ended the TLS handshake');
    case 'late':
      return context.abort('late', 'the destination did not finish its part of the TLS handshake in time');
    case 'foreign':
      return broken(context, upstream, { ...seen, server: BROKEN }, 'the destination does not speak TLS');
    case 'malformed':
      return broken(context, upstream, { ...seen, server: BROKEN }, `TLS answer of the destination: ${reading.detail}`);
    case 'whole':
      return await answered(context, upstream, greeted, reading);
  }
}

const BROKEN = { kind: 'broken' } as const;

/** One end did not go on as TLS does: no rule takes that, and it passes only where policy observes. */
function broken(context: InspectionContext, upstream: BufferedSocket, seen: TlsTraffic, note: string): Inspected {
  context.proceed(seen, note);
  return over(context, upstream, seen);
}

async function answered(
  context: InspectionContext,
  upstream: BufferedSocket,
  { hello, seen, watch, until }: Greeted,
  { value: answer, length }: { readonly value: ServerAnswer; readonly length: number },
): Promise<Inspected> {
  if (answer.kind === 'refused') return await refusedByServer(context, upstream, answer.alert, { length, until });
  // From here on the client may know the version, and takes an alert of no other.
  context.client.tunnelRefusal = () => alert('access_denied', answer.version);
  const shown: TlsTraffic = { ...seen, version: answer.version, server: serverIn(answer), client: clientIn(answer) };
  const known: TlsTraffic = { ...shown, server: await provenWhereWanted(context, shown, watch) };
  if (answer.kind === 'hidden' || !answer.asksForCertificate) return over(context, upstream, known);
  context.proceed(known);
  await passOn(upstream, context.client, length, until);
  const read = (bytes: Buffer) => readClientAnswer(bytes, hello, answer.messages, answer.version);
  const reading = await readWithin(context.client, read, until);
  if (reading.kind === 'ended' || reading.kind === 'gone')
    return context.abort('client', 'the client ended the TLS handshake');
  if (reading.kind === 'late')
    return context.abort('late', 'the client did not finish its part of the TLS handshake in time');
  if (reading.kind !== 'whole') {
    const note = reading.kind === 'malformed' ? reading.detail : 'not TLS';
    return broken(context, upstream, { ...known, client: BROKEN }, `TLS answer of the client: ${note}`);
  }
  const { value } = reading;
  // Its alert goes on to the destination: what it thinks of the server is not ours to say.
  return over(context, upstream, value.kind === 'refused' ? known : { ...known, client: value.client });
}

function serverIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['server'] {
  return answer.kind === 'visible' ? answer.server : { kind: 'hidden', why: answer.why, probe: 'not_made' };
}

function clientIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['client'] {
  if (answer.kind === 'hidden') return { kind: 'hidden', why: answer.why, probe: 'not_made' };
  return answer.asksForCertificate ? { kind: 'not_reached' } : { kind: 'absent' };
}

/** Lets an own handshake fill in what the wire does not prove, where a rule wants that. */
async function provenWhereWanted(
  context: InspectionContext,
  shown: TlsTraffic,
  watch: Watch,
): Promise<TlsTraffic['server']> {
  const unproven = shown.server.kind === 'hidden' || shown.server.kind === 'claimed';
  return unproven && watch.probes ? await context.prover.certificate(shown) : shown.server;
}

/** A record of one alert that is not encrypted: its header, how grave it is, what it says (RFC 5246 §6.2.1, §7.2). */
const ALERT_BYTES = 7;

/**
 * The destination said no itself: its alert is the client's to see, and there is nothing to add to it. What came before or
 * behind it is not: nobody has judged that.
 */
async function refusedByServer(
  context: InspectionContext,
  upstream: BufferedSocket,
  said: string,
  { length, until }: { readonly length: number; readonly until: Deadline },
): Promise<never> {
  context.client.tunnelRefusal = 'none';
  upstream.drop(length - ALERT_BYTES);
  await passOn(upstream, context.client, ALERT_BYTES, until);
  return context.abort('destination', `the destination refused the TLS handshake: ${said}`);
}

function over({ client }: InspectionContext, upstream: BufferedSocket, seen: Inspected['seen']): Inspected {
  client.whenGone(undefined);
  client.whenEnded(undefined);
  return { seen, heldBack: upstream.release() };
}

async function passOn(from: BufferedSocket, to: BufferedSocket, length: number, until: Deadline): Promise<void> {
  const bytes = from.held.subarray(0, length);
  from.drop(length);
  await to.send([bytes], Math.max(0, until - performance.now()));
}
