import type { Socket } from 'node:net';
import type { IpAddress } from '../../address/index.js';
import type { Certificate, HostKey, Observation, Shown } from '../../attempt/index.js';
import {
  probeCertificate,
  ProbeCache,
  probeHostKey,
  type ProbedCertificate,
  type ProbedHostKey,
  type ProbeFailed,
  type ProbeSubject,
} from '../../probe/index.js';
import { permitOf, type Opened } from '../decision/index.js';
import { connect } from '../upstream/index.js';
import type { IdentityProver } from './context.js';

/** A probe, or the memory of one, and how to forget it. */
interface ProbeSource<T> {
  readonly ask: () => Promise<{ readonly identity: T } | ProbeFailed>;
  readonly forget: () => void;
}

type Probe<T> = (socket: Socket, budgetMs: number) => Promise<T | ProbeFailed>;

/** A probe takes milliseconds, so more at once means that the destinations do not answer. */
const CONCURRENT_PROBES = 64;

/**
 * Probes destinations, and remembers the results. A probe goes to the address that the attempt's recorded permit names and
 * that its own connection leads to, never to another one (laws 3 and 4).
 */
export class Prober {
  readonly #certificates: ProbeCache<ProbedCertificate>;
  readonly #hostKeys: ProbeCache<ProbedHostKey>;
  readonly #budgetMs: number;
  #running = 0;

  /** A probe may take `probe` milliseconds, dial included, and its result is remembered for `probeMemory`. */
  constructor({ probe, probeMemory }: { readonly probe: number; readonly probeMemory: number }) {
    const options = { now: () => performance.now(), lifeMs: probeMemory };
    this.#budgetMs = probe;
    this.#certificates = new ProbeCache(options);
    this.#hostKeys = new ProbeCache(options);
  }

  /** The probes of one attempt. `ensureWanted` is called before each and refuses if its result is no longer wanted. */
  from(opened: Opened, address: IpAddress, ensureWanted: () => void): IdentityProver {
    const { port } = permitOf(opened).attempt.destination;
    const sourceOf = <T extends { readonly kind: string }>(
      cache: ProbeCache<T>,
      what: Pick<ProbeSubject, 'protocol' | 'asked'>,
      probe: Probe<T>,
    ) => {
      const subject = { ...what, address, port };
      const ask = () => {
        ensureWanted();
        return cache.ask(subject, () => this.#reach(opened, address, probe));
      };
      return { ask, forget: () => cache.forget(subject) };
    };
    return {
      certificate: ({ server, serverName }) => {
        const probe: Probe<ProbedCertificate> = (socket, budgetMs) =>
          probeCertificate(socket, serverName, { budgetMs });
        const isSame = (one: Certificate, other: Certificate) => one.thumbprint === other.thumbprint;
        return confirm(server, sourceOf(this.#certificates, { protocol: 'tls', asked: serverName }, probe), isSame);
      },
      hostKey: ({ server }, algorithm) => {
        const algorithms = [algorithm];
        const probe: Probe<ProbedHostKey> = (socket, budgetMs) => probeHostKey(socket, { algorithms, budgetMs });
        const isSame = (one: HostKey, other: HostKey) => one.sha256 === other.sha256;
        return confirm(server, sourceOf(this.#hostKeys, { protocol: 'ssh', asked: algorithm }, probe), isSame);
      },
    };
  }

  /** Forgets the remembered result that an attempt was denied by: the next attempt probes again. */
  doubt(opened: Opened, address: IpAddress, seen: Observation): void {
    const { port } = permitOf(opened).attempt.destination;
    if ((seen.protocol !== 'tls' && seen.protocol !== 'ssh') || seen.server.kind !== 'probed') return;
    const cache = seen.protocol === 'tls' ? this.#certificates : this.#hostKeys;
    cache.doubt({ protocol: seen.protocol, address, port });
  }

  async #reach<T>(opened: Opened, only: IpAddress, probe: Probe<T>): Promise<T | ProbeFailed> {
    if (this.#running >= CONCURRENT_PROBES) {
      return { kind: 'failed', why: 'not_possible', detail: 'too many concurrent probe handshakes' };
    }
    const deadline = performance.now() + this.#budgetMs;
    this.#running += 1;
    try {
      // Not cancelled with this attempt: others may wait for the same probe.
      const reached = await connect(opened, { budgetMs: this.#budgetMs, only });
      if (reached.kind === 'refusal') return { kind: 'failed', why: 'no_answer', detail: reached.message };
      return await probe(reached.socket, Math.max(1, deadline - performance.now()));
    } finally {
      this.#running -= 1;
    }
  }
}

/**
 * Joins what the tunnel showed with what a probe proved. If the tunnel showed an identity, only a proof of the same one
 * counts. What remains unproven has the reason.
 */
async function confirm<T>(
  shown: Shown<T>,
  { ask, forget }: ProbeSource<T>,
  isSame: (one: T, other: T) => boolean,
): Promise<Shown<T>> {
  if (shown.kind !== 'hidden' && shown.kind !== 'claimed') return shown;
  let result = await ask();
  if (shown.kind === 'claimed' && 'identity' in result && !isSame(result.identity, shown.identity)) {
    // The remembered result may be out of date: the tunnel shows another identity.
    forget();
    result = await ask();
  }
  if (!('identity' in result)) return { ...shown, probe: { failed: result.detail } };
  if (shown.kind === 'hidden') return { kind: 'probed', identity: result.identity };
  // INVARIANT: what is proven is what this tunnel showed, or it would pass by the identity of another server.
  if (isSame(result.identity, shown.identity)) return { kind: 'probed', identity: shown.identity };
  return { ...shown, probe: { failed: 'the same address showed another identity' } };
}
