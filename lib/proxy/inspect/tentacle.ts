import type { TlsTraffic } from '../../attempt/index.js';
import type { Watch } from '../../policy/index.js';
import { readClientAnswer, readServerAnswer, type ServerAnswer } from '../../protocol/halibut/index.js';
import { alert, type ClientHello } from '../../protocol/tls/index.js';
import { BufferedSocket, OneShot, passOn, readWithin, type Deadline, type ReadResult } from '../socket/index.js';
import type { Inspected, InspectionContext } from './context.js';

/** A hello that may go on: as read, as it is recorded, and its length in bytes. */
interface Greeted {
  readonly hello: ClientHello;
  readonly length: number;
  readonly seen: TlsTraffic;
  readonly watch: Watch;
  readonly deadline: Deadline;
}

/**
 * Watches a Tentacle's handshake until both certificates have been seen, or cannot be. Each end's flight is held until it
 * has been read whole, which delays nothing: the other end needs all of it to go on (RFC 5246 §7.3).
 */
export async function watchHandshake(context: InspectionContext, greeted: Greeted): Promise<Inspected> {
  const { client, cancellation } = context;
  const upstream = new BufferedSocket(context.upstream);
  const stop = new OneShot();
  const onStop = (): void => stop.fire();
  cancellation.add(onStop);
  // A client that half-closes within a handshake has given up.
  client.inputEnd.add(onStop);
  const seen = await watch(context, upstream, greeted, stop);
  client.inputEnd.remove(onStop);
  cancellation.remove(onStop);
  return { seen, heldBack: upstream.release() };
}

async function watch(context: InspectionContext, upstream: BufferedSocket, greeted: Greeted, stop: OneShot) {
  const { hello, length, seen, deadline } = greeted;
  await passOn(context.client, upstream, length, deadline);
  const reading = await readWithin(upstream, (bytes) => readServerAnswer(bytes, hello), deadline, stop);
  if (reading.kind === 'whole') return await answered(context, upstream, greeted, reading);
  return withoutFlight(context, reading, 'destination', { ...seen, server: BROKEN });
}

/** One end sent no whole flight. A protocol violation is allowed by no rule, so it passes only in observe mode. */
function withoutFlight(
  context: InspectionContext,
  reading: Exclude<ReadResult<unknown>, { kind: 'whole' }>,
  who: 'client' | 'destination',
  seen: TlsTraffic,
): TlsTraffic {
  switch (reading.kind) {
    case 'ended':
    case 'gone': {
      const gone = context.client.ended ? 'client' : who;
      return context.abort(gone, `the ${gone} ended the TLS handshake`);
    }
    case 'late':
      return context.abort('late', `timed out waiting for the TLS handshake of the ${who}`);
    case 'foreign':
      context.proceed(seen, `the ${who} does not speak TLS`);
      return seen;
    case 'malformed':
      context.proceed(seen, `TLS response of the ${who}: ${reading.detail}`);
      return seen;
  }
}

const BROKEN = { kind: 'broken' } as const;

async function answered(
  context: InspectionContext,
  upstream: BufferedSocket,
  { hello, seen, watch, deadline }: Greeted,
  { value: answer, length }: { readonly value: ServerAnswer; readonly length: number },
): Promise<TlsTraffic> {
  if (answer.kind === 'refused') return await refusedByServer(context, upstream, answer.alert, { length, deadline });
  // From here on the client may know the version, and accepts an alert of no other.
  context.client.tunnelRefusal = () => alert('access_denied', answer.version);
  const shown: TlsTraffic = { ...seen, version: answer.version, server: serverIn(answer), client: clientIn(answer) };
  const known: TlsTraffic = { ...shown, server: await provenWhereWanted(context, shown, watch) };
  if (answer.kind === 'hidden' || !answer.asksForCertificate) return known;
  context.proceed(known);
  await passOn(upstream, context.client, length, deadline);
  const read = (bytes: Buffer) => readClientAnswer(bytes, hello, answer.messages, answer.version);
  const reading = await readWithin(context.client, read, deadline, context.cancellation);
  if (reading.kind !== 'whole') return withoutFlight(context, reading, 'client', { ...known, client: BROKEN });
  const { value } = reading;
  // The client's alert about the server goes on to the destination.
  return value.kind === 'refused' ? known : { ...known, client: value.client };
}

function serverIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['server'] {
  return answer.kind === 'visible' ? answer.server : { kind: 'hidden', why: answer.why, probe: 'not_made' };
}

function clientIn(answer: Exclude<ServerAnswer, { kind: 'refused' }>): TlsTraffic['client'] {
  if (answer.kind === 'hidden') return { kind: 'hidden', why: answer.why, probe: 'not_made' };
  return answer.asksForCertificate ? { kind: 'not_reached' } : { kind: 'absent' };
}

/** Has a probe verify what the tunnel does not prove, if a rule asks for that. */
async function provenWhereWanted(
  context: InspectionContext,
  shown: TlsTraffic,
  watch: Watch,
): Promise<TlsTraffic['server']> {
  const unproven = shown.server.kind === 'hidden' || shown.server.kind === 'claimed';
  return unproven && watch.probes ? await context.prover.certificate(shown) : shown.server;
}

/** The length of a record with one plain alert: header, level, description (RFC 5246 §6.2.1, §7.2). */
const ALERT_BYTES = 7;

/** The destination refused: its alert goes on to the client, and nothing before or after it, which has not been judged. */
async function refusedByServer(
  context: InspectionContext,
  upstream: BufferedSocket,
  said: string,
  { length, deadline }: { readonly length: number; readonly deadline: Deadline },
): Promise<never> {
  context.client.tunnelRefusal = 'none';
  upstream.consume(length - ALERT_BYTES);
  await passOn(upstream, context.client, ALERT_BYTES, deadline);
  return context.abort('destination', `the destination refused the TLS handshake: ${said}`);
}
