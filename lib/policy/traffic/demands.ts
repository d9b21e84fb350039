import type { DomainName } from '../../address/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import type { Unverifiable } from '../language/index.js';

/** What a rule asks of the traffic in its tunnels, besides its protocol: plain data. Most rules ask the same little. */
export interface Demands {
  /** Server names that are taken besides the asked host, and suffixes of such. */
  readonly names: readonly DomainName[];
  readonly suffixes: readonly DomainName[];
  readonly thumbprints: readonly string[];
  readonly clientThumbprints: readonly string[];
  readonly hostKeys: readonly HostKeyPin[];
  readonly unverifiable: Unverifiable;
  readonly observes: boolean;
}

/** Whether a rule wants an own handshake where the wire proves nothing: only what can be learned so is worth one. */
export function wantsProbe({ thumbprints, hostKeys, unverifiable, observes }: Demands): boolean {
  return unverifiable === 'probe' && (thumbprints.length > 0 || hostKeys.length > 0 || observes);
}
