import type { Client } from '../attempt/index.js';
import type { Clearance, IsOwnListener, PolicySet } from '../policy/index.js';
import type { Prober } from './inspect/index.js';
import type { Authentication, OperatorLog, TimeLimits } from './options.js';
import type { Asked } from './parse.js';
import type { Refusal } from './refusal/index.js';
import type { Registry } from './registry/index.js';
import type { AttemptLogContext } from './attempt-log/index.js';
import type { IdleUpstreams, NameResolver } from './upstream/index.js';
import type { BufferedSocket } from './socket/index.js';

/** A request that has come in on a connection: read, or found unreadable. */
export interface IncomingRequest {
  readonly connection: BufferedSocket;
  /** The socket's peer, before it has proven anything. */
  readonly peer: Client;
  readonly asked: Asked | Refusal;
}

/** What becomes of the client's connection after a trip: read the next request, or nothing more. */
export type AfterRequest = 'again' | 'over';

/** Traffic that is passing now: what it was cleared by, and how to end it. */
export interface ActiveTraffic {
  readonly clearance: Clearance;
  readonly tunnel: boolean;
  readonly end: (cause: 'policy_change' | 'shutdown') => void;
}

/** What the verbs of the journey work with; one for the whole proxy. */
export interface ProxyContext {
  readonly policy: () => PolicySet;
  readonly authentication: Authentication;
  readonly resolver: NameResolver;
  readonly isOwnListener: IsOwnListener;
  readonly times: TimeLimits;
  readonly recording: AttemptLogContext;
  readonly idleUpstreams: IdleUpstreams;
  /** Own handshakes with destinations whose identity a tunnel does not show. */
  readonly prober: Prober;
  readonly activeTraffic: Registry<ActiveTraffic>;
  readonly stopping: () => boolean;
  /** Whether the time for open attempts to end is over too: nothing new may go out then. */
  readonly drained: () => boolean;
  readonly log: OperatorLog;
  /** Our name in `Via` (RFC 9110 §7.6.3), random for each process: a request that carries it already runs in a loop. */
  readonly pseudonym: string;
}
