import type { Socket } from 'node:net';
import type { Observation, SshTraffic, TlsTraffic } from '../../attempt/index.js';
import type { Proceeding, Watch } from '../../policy/index.js';
import type { BufferedSocket, OneShot } from '../socket/index.js';

/** What an inspection works with: both ends of the tunnel, its time limits, and the policy decisions it may ask for. */
export interface InspectionContext {
  readonly client: BufferedSocket;
  /** Fires when the client has gone or a stop ends the attempt. */
  readonly cancellation: OneShot;
  /** The destination's socket, of which nothing has been read. */
  readonly upstream: Socket;
  /** What the remaining rules ask to see. */
  readonly watch: Watch;
  /** Milliseconds. `handshake` covers the whole inspection, from the tunnel's beginning. */
  readonly limits: { readonly hello: number; readonly handshake: number };
  /**
   * Records what was seen so far and asks policy whether it may go on; refuses if not. `note` adds what the observation
   * alone does not say: ASCII, without bytes of either end.
   */
  readonly proceed: (soFar: Observation, note?: string) => Proceeding;
  /** Records what was seen so far. */
  readonly note: (soFar: Observation) => void;
  /** Verifies by a probe of the same address who the server is. */
  readonly prover: IdentityProver;
  /** Refuses: one end has closed, the time ran out, or a stop ended the wait. */
  readonly abort: (how: 'client' | 'destination' | 'late', what: string) => never;
}

/** Probes for either protocol: they verify what the tunnel itself does not show. Each gives what is known afterwards. */
export interface IdentityProver {
  readonly certificate: (seen: TlsTraffic) => Promise<TlsTraffic['server']>;
  readonly hostKey: (seen: SshTraffic, algorithm: string) => Promise<SshTraffic['server']>;
}

/** What an inspection saw, and what the destination sent that the client has not received yet. */
export interface Inspected {
  readonly seen: Observation;
  readonly heldBack: Buffer;
}

/** No bytes held back. */
export const NOTHING = Buffer.alloc(0);
