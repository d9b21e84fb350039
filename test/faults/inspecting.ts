import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { InspectionContext } from '../../lib/proxy/inspect/index.js';
import { BufferedSocket, OneShot } from '../../lib/proxy/socket/index.js';
import { connect as connectAttempt, ip, noMachine, noon } from '../policy/samples.js';
import type { policySet } from '../proxy/rig.js';
import type { Chance } from './mutating.js';
import { admit, permit, proceed, watchFor, type Permit } from '../../lib/policy/index.js';

/** A peer of the proxy: what it has got, and what it has written so far. */
export interface Peer {
  readonly socket: Socket;
  readonly got: () => Buffer;
  readonly written: () => Buffer;
  /** Writes bytes in pieces as chance has it, and then stays, half-closes or resets. */
  readonly speak: (bytes: Buffer, chance: Chance) => Promise<'stays' | 'half_closed' | 'reset'>;
}

/** Connects sockets on loopback: one end as the proxy has it, the other with a peer. */
export class Pairs {
  readonly #server: Server = createServer({ allowHalfOpen: true, noDelay: true });
  readonly #arrived = new Map<number, Socket>();

  constructor() {
    this.#server.on('connection', (socket) => {
      this.#arrived.set(socket.remotePort ?? 0, socket);
      this.#server.emit('arrived');
    });
    this.#server.setMaxListeners(0);
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async pair(): Promise<{ readonly own: Socket; readonly peer: Peer }> {
    const { port } = this.#server.address() as AddressInfo;
    const own = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    own.on('error', () => undefined);
    await once(own, 'connect');
    const local = own.localPort ?? 0;
    for (;;) {
      const socket = this.#arrived.get(local);
      this.#arrived.delete(local);
      if (socket !== undefined) return { own, peer: peerOn(socket) };
      await once(this.#server, 'arrived');
    }
  }

  close(): void {
    this.#server.close();
  }
}

function peerOn(socket: Socket): Peer {
  const got: Buffer[] = [];
  const written: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => got.push(bytes)).on('error', () => undefined);
  const speak: Peer['speak'] = async (bytes, chance) => {
    const most = chance.of([1, 7, 64, 600, 5000, 5000, 5000]);
    for (let at = 0; at < bytes.length && socket.writable;) {
      const piece = bytes.subarray(at, at + 1 + chance.below(most));
      written.push(piece);
      socket.write(piece);
      at += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ending = chance.of(['stays', 'stays', 'half_closed', 'reset'] as const);
    if (ending === 'half_closed') socket.end();
    if (ending === 'reset') socket.resetAndDestroy();
    return ending;
  };
  return { socket, got: () => Buffer.concat(got), written: () => Buffer.concat(written), speak };
}

/** Leaves an inspection, as the journey does. */
export class Left extends Error {}

/** The one address that is dialled here. */
export const ADDRESS = ip('127.0.0.1');

/** A permit for `tentacle.test` on a port, under the policy of that text. */
export function permitFor(policy: ReturnType<typeof policySet>, port: number): Permit {
  const admission = admit(policy, connectAttempt(`tentacle.test:${port}`), noon);
  if (admission.kind === 'denied') throw new Error(admission.reason);
  const permitted = permit(admission, [ADDRESS], noMachine);
  if (permitted.kind === 'denied') throw new Error(permitted.reason);
  return permitted;
}

/** What an inspection did that it must not do, and whether policy has let anything pass. */
export interface Watched {
  wrong: string;
  allowed: boolean;
}

/** A scene between two sockets under a permit, that notes in `watched` what goes wrong. */
export function sceneOf(
  permitted: Permit,
  near: Socket,
  upstream: Socket,
  watched: Watched,
  chance: Chance,
): InspectionContext {
  const later = async <T>(value: T): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, chance.below(20)));
    return value;
  };
  const cancellation = new OneShot();
  near.once('close', () => cancellation.fire());
  return {
    client: new BufferedSocket(near),
    cancellation,
    upstream,
    watch: watchFor(permitted, ADDRESS),
    limits: { hello: 60, handshake: 150 },
    proceed: (soFar, note = '') => {
      if (!watched.allowed && upstream.bytesWritten > 0) watched.wrong = 'bytes went out before policy was asked';
      if (!/^[ -~]*$/.test(note)) watched.wrong = `a note that is not plain: ${JSON.stringify(note)}`;
      const verdict = proceed(permitted, ADDRESS, soFar, noon);
      if (verdict.kind === 'denied') throw new Left(verdict.reason);
      watched.allowed = true;
      return verdict;
    },
    note: () => undefined,
    prover: {
      certificate: ({ server }) => later(server),
      hostKey: ({ server }) =>
        later(server.kind === 'claimed' ? { kind: 'probed', identity: server.identity } : server),
    },
    abort: (how) => {
      throw new Left(how);
    },
  };
}
