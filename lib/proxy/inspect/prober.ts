import type { Socket } from 'node:net';
import type { IpAddress } from '../../address/index.js';
import type { Observation } from '../../attempt/index.js';
import {
  probeCertificate,
  probeHostKey,
  ProbeCache,
  type ProbedCertificate,
  type ProbedHostKey,
  type ProbeFailed,
} from '../../probe/index.js';
import { permitOf, type Opened } from '../decision/index.js';
import { connect } from '../upstream/index.js';
import { settle } from './prove.js';
import type { IdentityProver } from './context.js';

/** How long an own handshake may take, dial included, and how long what it showed is taken for granted. Milliseconds. */
interface ProofLimits {
  readonly probe: number;
  readonly probeMemory: number;
}

/** How many handshakes of our own may be under way: one takes milliseconds, so more means that nobody answers. */
const AT_ONCE = 64;
const TOO_MANY = 'too many own handshakes are under way';

/**
 * Own handshakes with destinations, and what they showed lately. They go to the address that the attempt's recorded permit
 * names and that its own connection leads to, never to another one (laws 3 and 4).
 */
export class Prober {
  readonly #certificates: ProbeCache<ProbedCertificate>;
  readonly #hostKeys: ProbeCache<ProbedHostKey>;
  readonly #budgetMs: number;
  #underWay = 0;

  constructor({ probe, probeMemory }: ProofLimits) {
    const options = { now: () => performance.now(), lifeMs: probeMemory };
    this.#budgetMs = probe;
    this.#certificates = new ProbeCache(options);
    this.#hostKeys = new ProbeCache(options);
  }

  /**
   * The proofs for one attempt. `stillWanted` is called each time before anybody is asked, and leaves the journey once
   * nobody waits for the answer any more or policy would not have it asked.
   */
  from(opened: Opened, address: IpAddress, ensureWanted: () => void): IdentityProver {
    const { port } = permitOf(opened).attempt.destination;
    const wanted = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
      return () => {
        ensureWanted();
        return ask();
      };
    };
    return {
      certificate: ({ server, serverName }) => {
        const subject = { protocol: 'tls', asked: serverName, address, port } as const;
        const probe = (socket: Socket, budgetMs: number) => probeCertificate(socket, serverName, { budgetMs });
        const ask = wanted(() => this.#certificates.ask(subject, () => this.#reach(opened, address, probe)));
        const forget = () => this.#certificates.forget(subject);
        return settle(server, { ask, forget, isSame: (a, b) => a.thumbprint === b.thumbprint });
      },
      hostKey: ({ server }, algorithm) => {
        const subject = { protocol: 'ssh', asked: algorithm, address, port } as const;
        const probe = (socket: Socket, budgetMs: number) => probeHostKey(socket, { algorithms: [algorithm], budgetMs });
        const ask = wanted(() => this.#hostKeys.ask(subject, () => this.#reach(opened, address, probe)));
        const forget = () => this.#hostKeys.forget(subject);
        return settle(server, { ask, forget, isSame: (a, b) => a.sha256 === b.sha256 });
      },
    };
  }

  /** Takes back what an attempt was denied by, if that was remembered: the next one asks anew. */
  doubt(opened: Opened, address: IpAddress, seen: Observation): void {
    const { port } = permitOf(opened).attempt.destination;
    if ((seen.protocol !== 'tls' && seen.protocol !== 'ssh') || seen.server.kind !== 'probed') return;
    const memory = seen.protocol === 'tls' ? this.#certificates : this.#hostKeys;
    memory.doubt({ protocol: seen.protocol, address, port });
  }

  async #reach<T>(
    opened: Opened,
    only: IpAddress,
    probe: (socket: Socket, budgetMs: number) => Promise<T | ProbeFailed>,
  ): Promise<T | ProbeFailed> {
    if (this.#underWay >= AT_ONCE) return { kind: 'failed', why: 'not_possible', detail: TOO_MANY };
    const until = performance.now() + this.#budgetMs;
    this.#underWay += 1;
    try {
      // Not cancelled with this attempt: others may wait for the same probe.
      const reached = await connect(opened, { budgetMs: this.#budgetMs, only });
      if (reached.kind === 'refusal') return { kind: 'failed', why: 'no_answer', detail: reached.message };
      return await probe(reached.socket, Math.max(1, until - performance.now()));
    } finally {
      this.#underWay -= 1;
    }
  }
}
