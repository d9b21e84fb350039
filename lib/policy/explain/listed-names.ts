import type { DomainName } from '../../address/index.js';
import { PolicySet } from '../set/index.js';

/** Those of the names that a rule lists, by themselves or by a wildcard. */
export function listedNames(policy: PolicySet, names: readonly DomainName[]): readonly DomainName[] {
  const { hosts } = PolicySet.tables(policy);
  return names.filter((name) => hosts.find({ kind: 'name', name }, []).rules.length > 0);
}
