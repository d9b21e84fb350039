import type { HostKey, Observation, Shown, SshTraffic } from '../../attempt/index.js';
import { disconnect, OUR_IDENTIFICATION, readIdentification, readPacket } from '../../protocol/ssh/index.js';
import type { Identification } from '../../protocol/ssh/index.js';
import { Wire } from '../wire/index.js';
import { inMs, readFrom } from './read-from.js';
import type { Deadline, ReadFrom } from './read-from.js';
import type { Inspected, Scene } from './scene.js';
import { PacketFlow } from './ssh-packets.js';

/** Why a client is told to go (RFC 4253 §11.1): it may not connect, or not to a server with this key. */
const NOT_ALLOWED_TO_CONNECT = 1;
const HOST_KEY_NOT_VERIFIABLE = 9;

/** What ended the watching: the host key (or that it stays hidden), or that this is no SSH and policy only observes. */
type Found =
  | { readonly kind: 'shown'; readonly server: Shown<HostKey>; readonly algorithm: string }
  | { readonly kind: 'not_ssh'; readonly seen: Observation };

/**
 * Watches an SSH key exchange until the server's host key was seen (RFC 4253 §4.2, §7, §8). Either end may speak first,
 * so each direction is carried by itself, in whole lines and packets, as far as it may go without the key. The message
 * that shows the key is held, with all that follows it.
 */
export function inspectSsh(scene: Scene): Promise<Inspected> {
  return new KeyExchange(scene).watch();
}

class KeyExchange {
  readonly #scene: Scene;
  readonly #upstream: Wire;
  readonly #until: Deadline;
  readonly #flow = new PacketFlow();
  #client: Identification | 'not_reached' = 'not_reached';
  #server: Identification | 'not_reached' = 'not_reached';
  #found: Found | 'not_yet' = 'not_yet';

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#upstream = new Wire(scene.upstream);
    this.#until = inMs(scene.limits.handshake);
  }

  async watch(): Promise<Inspected> {
    const { client } = this.#scene;
    client.farewell = (sentence) => Buffer.concat([OUR_IDENTIFICATION, disconnect(NOT_ALLOWED_TO_CONNECT, sentence)]);
    // The client's end must end the waiting for the destination, too.
    client.whenGone(() => this.#upstream.stopWaiting());
    await Promise.all([this.#outward(), this.#inward()]);
    const seen = await this.#outcome();
    client.whenGone(undefined);
    return { seen, heldBack: this.#upstream.release() };
  }

  /** Client → destination: its identification, once policy has nothing against it, and its part of the key exchange. */
  async #outward(): Promise<void> {
    const { client, proceed } = this.#scene;
    const greeting = await readFrom(client, (bytes) => readIdentification(bytes, 'client'), this.#until);
    if (this.#found !== 'not_yet') return;
    if (greeting.kind !== 'whole') return this.#notSsh(greeting, 'client');
    this.#client = greeting.value;
    proceed(this.#traffic(greeting.value));
    await this.#passOn(client, this.#upstream, greeting.length);
    for (;;) {
      const packet = await readFrom(client, readPacket, this.#until);
      if (this.#found !== 'not_yet') return;
      if (packet.kind !== 'whole') return this.#notSsh(packet, 'client');
      const step = this.#flow.fromClient(packet.value);
      if (step.kind === 'malformed') return this.#notSsh(step, 'client');
      await this.#passOn(client, this.#upstream, packet.length);
    }
  }

  /** Destination → client: its identification with the lines before it, and its part of the key exchange up to the key. */
  async #inward(): Promise<void> {
    const { client } = this.#scene;
    const greeting = await readFrom(this.#upstream, (bytes) => readIdentification(bytes, 'server'), this.#until);
    if (this.#found !== 'not_yet') return;
    if (greeting.kind !== 'whole') return this.#notSsh(greeting, 'destination');
    this.#server = greeting.value;
    client.farewell = (sentence) => disconnect(NOT_ALLOWED_TO_CONNECT, sentence);
    await this.#passOn(this.#upstream, client, greeting.length);
    for (;;) {
      const packet = await readFrom(this.#upstream, readPacket, this.#until);
      if (this.#found !== 'not_yet') return;
      if (packet.kind !== 'whole') return this.#notSsh(packet, 'destination');
      const step = this.#flow.fromServer(packet.value);
      if (step.kind === 'malformed') return this.#notSsh(step, 'destination');
      if (step.kind === 'shown') {
        client.farewell = (sentence) => disconnect(HOST_KEY_NOT_VERIFIABLE, sentence);
        return this.#end({ kind: 'shown', server: step.server, algorithm: step.negotiated.hostKeyAlgorithm });
      }
      await this.#passOn(this.#upstream, client, packet.length);
    }
  }

  #notSsh(reading: Exclude<ReadFrom<unknown>, { kind: 'whole' }>, who: 'client' | 'destination'): void {
    const { brokenOff, proceed, client } = this.#scene;
    const silent = reading.kind === 'late' && who === 'client' && this.#client === 'not_reached';
    if (reading.kind === 'ended' || reading.kind === 'gone') brokenOff('ended', `the ${who} ended the key exchange`);
    if (reading.kind === 'late' && !silent) brokenOff('late', `the ${who} did not come to the host key in time`);
    const note =
      reading.kind === 'malformed' ? `SSH of the ${who}: ${reading.detail}` : `the ${who} does not speak SSH`;
    const nothing = silent && client.held.length === 0;
    const seen: Observation = nothing ? { protocol: 'silent' } : { protocol: 'unknown' };
    proceed(seen, nothing ? 'the client said nothing in time' : note);
    this.#end({ kind: 'not_ssh', seen });
  }

  #end(found: Found): void {
    this.#found = found;
    this.#scene.client.stopWaiting();
    this.#upstream.stopWaiting();
  }

  async #outcome(): Promise<Observation> {
    const found = this.#found;
    const client = this.#client;
    if (found === 'not_yet' || client === 'not_reached') {
      return found !== 'not_yet' && found.kind === 'not_ssh' ? found.seen : { protocol: 'unknown' };
    }
    if (found.kind === 'not_ssh') return found.seen;
    const seen = { ...this.#traffic(client), server: found.server };
    const { watch, prove } = this.#scene;
    return watch.probes ? { ...seen, server: await prove.hostKey(seen, found.algorithm) } : seen;
  }

  #traffic({ softwareVersion }: Identification): SshTraffic {
    return {
      protocol: 'ssh',
      softwareVersion,
      serverSoftwareVersion: this.#server === 'not_reached' ? 'not_reached' : this.#server.softwareVersion,
      keyExchange: this.#flow.keyExchange,
      server: { kind: 'not_reached' },
    };
  }

  async #passOn(from: Wire, to: Wire, length: number): Promise<void> {
    const bytes = from.held.subarray(0, length);
    from.drop(length);
    await to.send([bytes], Math.max(0, this.#until - performance.now()));
  }
}
