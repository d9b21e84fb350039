import { cloudMetadata, specialPurpose, type IpAddress } from '../../address/index.js';
import type { OwnMachine } from './verdict.js';

/**
 * Where an address leads that no rule lists. A name may lead to `public` without being listed for it, and what is observed also
 * to `private` (RFC 1918, shared and unique local addresses); to the other places nothing leads that a rule does not list.
 */
export type Place = 'public' | 'private' | 'special_purpose' | 'cloud_metadata' | 'own_address';

/** See {@link Place}. */
export function placeOf(address: IpAddress, machine: OwnMachine): Place {
  if (cloudMetadata(address) !== 'none') return 'cloud_metadata';
  const purpose = specialPurpose(address);
  if (purpose.kind === 'special_purpose' && purpose.use === 'other') return 'special_purpose';
  if (machine.hasAddress(address)) return 'own_address';
  return purpose.kind === 'global' ? 'public' : 'private';
}
