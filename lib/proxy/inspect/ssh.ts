import type { HostKey, Observation, Shown, SshTraffic } from '../../attempt/index.js';
import type { Reading } from '../../protocol/index.js';
import {
  disconnect,
  DISCONNECT_REASONS,
  OUR_IDENTIFICATION,
  readIdentification,
  readPacket,
} from '../../protocol/ssh/index.js';
import type { Identification } from '../../protocol/ssh/index.js';
import { Wire } from '../wire/index.js';
import { inMs, readFrom } from './read-from.js';
import type { Deadline, ReadFrom } from './read-from.js';
import type { Inspected, Scene } from './scene.js';
import { PacketFlow } from './ssh-packets.js';
import type { Pass } from './ssh-packets.js';

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
    client.farewell = (sentence) =>
      Buffer.concat([OUR_IDENTIFICATION, disconnect(DISCONNECT_REASONS.hostNotAllowedToConnect, sentence)]);
    // The client's end must end the waiting for the destination, too.
    client.whenGone(() => this.#upstream.stopWaiting());
    await Promise.all([this.#outward(), this.#inward()]);
    const seen = await this.#outcome();
    client.whenGone(undefined);
    return { seen, heldBack: this.#upstream.release() };
  }

  /** Client → destination: its identification, once policy has nothing against it, and its part of the key exchange. */
  async #outward(): Promise<void> {
    const { proceed } = this.#scene;
    const greeting = await this.#next('client', (bytes) => readIdentification(bytes, 'client'));
    if (greeting === 'over') return;
    this.#client = greeting.value;
    proceed(this.#traffic(greeting.value));
    const step = await this.#carry('client', greeting.length, (payload) => this.#flow.fromClient(payload));
    if (step !== 'over') this.#notSsh(step, 'client');
  }

  /** Destination → client: its identification with the lines before it, and its part of the key exchange up to the key. */
  async #inward(): Promise<void> {
    const { client } = this.#scene;
    const greeting = await this.#next('destination', (bytes) => readIdentification(bytes, 'server'));
    if (greeting === 'over') return;
    this.#server = greeting.value;
    client.farewell = (sentence) => disconnect(DISCONNECT_REASONS.hostNotAllowedToConnect, sentence);
    const step = await this.#carry('destination', greeting.length, (payload) => this.#flow.fromServer(payload));
    if (step !== 'over') this.#stopAt(step);
  }

  /**
   * Passes on what may go, from the greeting of `read` bytes on, up to the first packet that may not: that one is given
   * back, and stays held. Packets that came together go in one write: a write costs more than all that is looked at.
   */
  async #carry<T extends { readonly kind: 'malformed' | 'shown' }>(
    from: 'client' | 'destination',
    read: number,
    take: (payload: Buffer) => Pass | T,
  ): Promise<T | 'over'> {
    const [source, sink] =
      from === 'client' ? [this.#scene.client, this.#upstream] : [this.#upstream, this.#scene.client];
    for (let length = read; ; length = 0) {
      let stopped: T | 'not_yet' = 'not_yet';
      while (stopped === 'not_yet') {
        const packet = readPacket(source.held.subarray(length));
        if (packet.kind !== 'whole') break;
        const step = take(packet.value);
        if (step.kind === 'pass') length += packet.length;
        else stopped = step;
      }
      await this.#passOn(source, sink, length);
      if (this.#found !== 'not_yet') return 'over';
      if (stopped !== 'not_yet') return stopped;
      if ((await this.#next(from, readPacket)) === 'over') return 'over';
    }
  }

  #stopAt(step: Exclude<ReturnType<PacketFlow['fromServer']>, { kind: 'pass' }>): void {
    if (step.kind === 'malformed') {
      this.#notSsh(step, 'destination');
      return;
    }
    this.#scene.client.farewell = (sentence) => disconnect(DISCONNECT_REASONS.hostKeyNotVerifiable, sentence);
    this.#end({ kind: 'shown', server: step.server, algorithm: step.negotiated.hostKeyAlgorithm });
  }

  /** Reads what one end says next; `'over'`: the other direction, or this reading, has ended the watching. */
  async #next<T>(who: 'client' | 'destination', read: (bytes: Buffer) => Reading<T>) {
    const reading = await readFrom(who === 'client' ? this.#scene.client : this.#upstream, read, this.#until);
    if (this.#found !== 'not_yet') return 'over';
    if (reading.kind === 'whole') return reading;
    this.#notSsh(reading, who);
    return 'over';
  }

  #notSsh(reading: Exclude<ReadFrom<unknown>, { kind: 'whole' }>, who: 'client' | 'destination'): void {
    const { brokenOff, proceed, client } = this.#scene;
    const silent = reading.kind === 'late' && who === 'client' && this.#client === 'not_reached';
    if (reading.kind === 'ended' || reading.kind === 'gone') brokenOff(who, `the ${who} ended the key exchange`);
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
    if (length === 0) return;
    const bytes = from.held.subarray(0, length);
    from.drop(length);
    await to.send([bytes], Math.max(0, this.#until - performance.now()));
  }
}
