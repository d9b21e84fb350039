import type { Socket } from 'node:net';
import type { Observation, SshTraffic, TlsTraffic } from '../../attempt/index.js';
import type { Proceeding, Watch } from '../../policy/index.js';
import type { BufferedSocket } from '../socket/index.js';

/** What an inspection works with: both ends of the tunnel, how long it may take, and the questions it may ask. */
export interface InspectionContext {
  readonly client: BufferedSocket;
  /** The destination's socket, of which nothing has been read. */
  readonly upstream: Socket;
  /** What the rules still standing want to see. */
  readonly watch: Watch;
  readonly limits: InspectionLimits;
  /**
   * Notes what was seen so far and asks policy whether it may go on; leaves the journey with a refusal if not. `note`
   * says in plain ASCII words, without bytes of either end, what cannot be said by the observation alone.
   */
  readonly proceed: (soFar: Observation, note?: string) => Proceeding;
  /** Notes what was seen so far, for the record; asks nothing. */
  readonly note: (soFar: Observation) => void;
  /** Makes sure, by an own handshake with the same address, who the server is. Gives back what is known then. */
  readonly prover: IdentityProver;
  /** Leaves the journey: one end has closed, it took too long, or a stop ended the waiting. */
  readonly abort: (how: 'client' | 'destination' | 'late', what: string) => never;
}

/** Milliseconds. `handshake` counts from the tunnel's beginning and covers everything. */
export interface InspectionLimits {
  readonly hello: number;
  readonly handshake: number;
}

/** Own handshakes, for either protocol: they fill in what the wire does not show. */
export interface IdentityProver {
  readonly certificate: (seen: TlsTraffic) => Promise<TlsTraffic['server']>;
  readonly hostKey: (seen: SshTraffic, algorithm: string) => Promise<SshTraffic['server']>;
}

/** What an inspection found, and what the destination sent that the client has not been given. */
export interface Inspected {
  readonly seen: Observation;
  readonly heldBack: Buffer;
}

/** Nothing held back. */
export const NOTHING = Buffer.alloc(0);
