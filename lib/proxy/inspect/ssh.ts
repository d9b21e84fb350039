import type { HostKey, Observation, Shown, SshTraffic } from '../../attempt/index.js';
import type { Watch } from '../../policy/index.js';
import type { Reading } from '../../protocol/index.js';
import {
  disconnect,
  DISCONNECT_REASONS,
  identificationReader,
  readPacket,
  type Identification,
} from '../../protocol/ssh/index.js';
import {
  BufferedSocket,
  OneShot,
  deadlineIn,
  passOn,
  readWithin,
  type Deadline,
  type ReadResult,
} from '../socket/index.js';
import { sniff, refuseInSsh } from './sniff.js';
import type { Inspected, InspectionContext } from './context.js';
import { PacketFlow, type Packet, type Pass } from './ssh-packets.js';

/** How the inspection ended: with the host key (or that it stays hidden), or without SSH, in observe mode. */
type Found =
  | { readonly kind: 'shown'; readonly server: Shown<HostKey>; readonly algorithm: string }
  | { readonly kind: 'not_ssh'; readonly seen: Observation };

type NotSsh = Exclude<ReadResult<unknown>, { kind: 'whole' | 'ended' | 'gone' }>;

const LF = 0x0a;

/**
 * Watches an SSH key exchange until the server's host key has been seen (RFC 4253 §4.2, §7, §8). Either end may send first,
 * so each direction is carried separately, in whole lines and packets, as far as it may go without the key. The message
 * with the key is held, and everything after it.
 */
export function inspectSsh(context: InspectionContext): Promise<Inspected> {
  return new KeyExchange(context).watch();
}

class KeyExchange {
  readonly #context: InspectionContext;
  readonly #upstream: BufferedSocket;
  readonly #deadline: Deadline;
  readonly #flow = new PacketFlow();
  /** Ends the waits for both ends. */
  readonly #stop = new OneShot();
  #client: Identification | 'not_reached' = 'not_reached';
  #server: Identification | 'not_reached' = 'not_reached';
  #watch: Watch;
  #found: Found | 'not_yet' = 'not_yet';

  constructor(context: InspectionContext) {
    this.#context = context;
    this.#watch = context.watch;
    this.#upstream = new BufferedSocket(context.upstream);
    this.#deadline = deadlineIn(context.limits.handshake);
  }

  async watch(): Promise<Inspected> {
    const { client, cancellation } = this.#context;
    client.tunnelRefusal = refuseInSsh;
    const onCancelled = (): void => this.#stop.fire();
    cancellation.add(onCancelled);
    await Promise.all([this.#outward(), this.#inward()]);
    const seen = await this.#outcome();
    cancellation.remove(onCancelled);
    return { seen, heldBack: this.#upstream.release() };
  }

  /** Client → destination: the identification, if policy allows it, and the client's part of the key exchange. */
  async #outward(): Promise<void> {
    const greeting = await this.#firstOfClient();
    if (greeting === 'over') return;
    this.#client = greeting.value;
    const step = await this.#carry('client', greeting.length, (packet) => this.#flow.fromClient(packet));
    if (step !== 'over') this.#notSsh(step, 'client');
  }

  /** A client may wait for its server's identification, and has `hello` from then on. */
  async #firstOfClient() {
    const { client, limits } = this.#context;
    while (client.held.length === 0 && performance.now() < this.#deadline) {
      const serverSpoke = this.#server !== 'not_reached' || this.#upstream.held.length > 0;
      const ms = Math.max(0, Math.min(limits.hello, this.#deadline - performance.now()));
      const { kind } = await client.waitForMore(ms, this.#stop);
      if (kind !== 'late' || serverSpoke) break;
    }
    const deadline = Math.min(this.#deadline, deadlineIn(client.held.length === 0 ? 0 : limits.hello));
    return await this.#next('client', identificationReader('client'), deadline);
  }

  /** Destination → client: lines, the identification, and the server's part of the key exchange up to the key. */
  async #inward(): Promise<void> {
    const { client } = this.#context;
    const greeting = await this.#next('destination', identificationReader('server'));
    if (greeting === 'over') return;
    this.#server = greeting.value;
    client.tunnelRefusal = (text) => disconnect(DISCONNECT_REASONS.hostNotAllowedToConnect, text);
    const step = await this.#carry('destination', greeting.length, (packet) => this.#flow.fromServer(packet));
    if (step !== 'over') this.#stopAt(step);
  }

  /**
   * Passes on what may go, from the identification of `read` bytes on, up to the first packet that may not: gives that one,
   * which stays held. Packets that came together go in one write, since a write costs more than reading them.
   */
  async #carry<T extends { readonly kind: 'malformed' | 'shown' }>(
    from: 'client' | 'destination',
    read: number,
    take: (packet: Packet) => Pass | T,
  ): Promise<T | 'over'> {
    const [source, sink] =
      from === 'client' ? [this.#context.client, this.#upstream] : [this.#upstream, this.#context.client];
    for (let length = read; ; length = 0) {
      let stopped: T | 'not_yet' = 'not_yet';
      while (stopped === 'not_yet') {
        const packet = readPacket(source.held.subarray(length));
        if (packet.kind !== 'whole') break;
        const step = take(packet);
        if (step.kind === 'pass') length += packet.length;
        else stopped = step;
      }
      // Bytes of the client go on only by the current policy.
      if (from === 'client' && length > 0) this.#proceed();
      if (length > 0) await passOn(source, sink, length, this.#deadline);
      if (this.#found !== 'not_yet') return 'over';
      if (stopped !== 'not_yet') return stopped;
      if ((await this.#next(from, readPacket)) === 'over') return 'over';
    }
  }

  #proceed(): void {
    if (this.#client !== 'not_reached') this.#watch = this.#context.proceed(this.#traffic(this.#client)).watch;
  }

  #stopAt(step: Exclude<ReturnType<PacketFlow['fromServer']>, { kind: 'pass' }>): void {
    if (step.kind === 'malformed') {
      this.#notSsh(step, 'destination');
      return;
    }
    this.#context.client.tunnelRefusal = (text) => disconnect(DISCONNECT_REASONS.hostKeyNotVerifiable, text);
    this.#end({ kind: 'shown', server: step.server, algorithm: step.negotiated.hostKeyAlgorithm });
  }

  /** Reads the next message of one end; `'over'`: the other direction, or this reading, has ended the inspection. */
  async #next<T>(who: 'client' | 'destination', read: (bytes: Buffer) => Reading<T>, deadline = this.#deadline) {
    const source = who === 'client' ? this.#context.client : this.#upstream;
    const reading = await readWithin(source, read, deadline, this.#stop);
    if (this.#found !== 'not_yet') return 'over';
    if (reading.kind === 'whole') return reading;
    if (reading.kind === 'ended' || reading.kind === 'gone') return await this.#leave(who);
    this.#notSsh(reading, who);
    return 'over';
  }

  /** One end has gone. The client still gets the lines of a server without identification ("Exceeded MaxStartups"). */
  async #leave(who: 'client' | 'destination'): Promise<never> {
    const { client } = this.#context;
    // A client that goes ends the wait for the destination too.
    const gone = client.gone ? 'client' : who;
    if (gone === 'destination' && this.#server === 'not_reached') {
      await passOn(this.#upstream, client, this.#upstream.held.lastIndexOf(LF) + 1, this.#deadline);
    }
    return this.#abort(gone, `the ${gone} ended the key exchange`);
  }

  #abort(how: 'client' | 'destination' | 'late', what: string): never {
    const { abort, note } = this.#context;
    if (this.#client !== 'not_reached') note(this.#traffic(this.#client));
    return abort(how, what);
  }

  #notSsh(reading: NotSsh, who: 'client' | 'destination'): void {
    const { proceed } = this.#context;
    // If both ends wait for each other, the silent client is judged.
    const silent = reading.kind === 'late' && this.#client === 'not_reached';
    if (reading.kind === 'late' && !silent) {
      this.#abort('late', `timed out waiting for the SSH host key from the ${who}`);
    }
    const note =
      reading.kind === 'malformed' ? `SSH of the ${who}: ${reading.detail}` : `the ${who} does not speak SSH`;
    const seen = this.#seenInstead(reading, who);
    proceed(seen, seen.protocol === 'silent' ? 'the client sent nothing in time' : note);
    this.#end({ kind: 'not_ssh', seen });
  }

  #seenInstead({ kind }: NotSsh, who: 'client' | 'destination'): Observation {
    const { client } = this.#context;
    if (kind === 'late' && client.held.length === 0) return { protocol: 'silent' };
    if (kind !== 'foreign' || who === 'destination') return { protocol: 'unknown' };
    const { seen, tunnelRefusal } = sniff(client.held);
    client.tunnelRefusal = tunnelRefusal;
    return seen;
  }

  #end(found: Found): void {
    this.#found = found;
    this.#stop.fire();
  }

  async #outcome(): Promise<Observation> {
    const found = this.#found;
    const client = this.#client;
    if (found !== 'not_yet' && found.kind === 'not_ssh') return found.seen;
    if (found === 'not_yet' || client === 'not_reached') return { protocol: 'unknown' };
    const seen = { ...this.#traffic(client), server: found.server };
    const { prover } = this.#context;
    return this.#watch.probes ? { ...seen, server: await prover.hostKey(seen, found.algorithm) } : seen;
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
}
