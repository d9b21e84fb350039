import type { AttemptLogContext } from './attempt-log/index.js';
import type { Client } from '../attempt/index.js';
import type { ForwardContext } from './forward/index.js';
import type { GonePeers } from './gone-peers/index.js';
import type { Prober } from './inspect/index.js';
import type { Authentication, OperatorLog, TimeLimits } from './options.js';
import type { ParsedRequest } from './parse.js';
import type { OwnMachine, PolicySet } from '../policy/index.js';
import type { Refusal } from './refusal/index.js';
import type { Relay } from '../relay/index.js';
import type { BufferedSocket, OneShot } from './socket/index.js';
import type { NameResolver } from './upstream/index.js';

/** A request on a client's connection: parsed, or refused because it could not be. */
export interface IncomingRequest {
  readonly connection: BufferedSocket;
  /** The socket's peer, before it has been identified. */
  readonly peer: Client;
  readonly parsed: ParsedRequest | Refusal;
  /** Fires when the client has gone or a stop ends the attempt. */
  readonly cancellation: OneShot;
}

/** What the steps of the journey work with; one for the whole proxy. */
export interface ProxyContext extends ForwardContext {
  readonly policy: () => PolicySet;
  readonly authentication: Authentication;
  readonly resolver: NameResolver;
  readonly machine: OwnMachine;
  readonly times: TimeLimits;
  /** Who to ask about a refusal that no policy has a contact for, or `'none'`. */
  readonly contact: string | 'none';
  readonly recording: AttemptLogContext;
  /** Probes destinations whose identity a tunnel does not show. */
  readonly prober: Prober;
  readonly relay: Relay;
  /** Watches the sockets of both sides. */
  readonly gonePeers: GonePeers;
  /** Whether the time for open attempts to end is over too: nothing new may go out then. */
  readonly drained: () => boolean;
  readonly log: OperatorLog;
}
