import { type DomainName, parseHost } from '../../address/index.js';
import { listedNames, type PolicySet } from '../../policy/index.js';
import { hostsFile } from '../console/index.js';

const SHOWN = 5;

/**
 * Names of the system's hosts file that rules list and the configuration does not know: they are looked up in DNS, where they
 * may be missing, or lead elsewhere.
 */
export function unusedHosts(
  policy: PolicySet,
  inHostsFile: readonly string[],
  known: ReadonlyMap<DomainName, unknown>,
): readonly string[] {
  const names = inHostsFile.flatMap((text) => {
    const host = parseHost(text);
    return host.kind === 'parsed' && host.value.kind === 'name' ? [host.value.name] : [];
  });
  return listedNames(
    policy,
    [...new Set(names)].filter((name) => !known.has(name)),
  );
}

/** The note about them; none without such names. */
export function unusedHostsNotes(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const shown = `${names.slice(0, SHOWN).join(', ')}${more}`;
  return [
    `note: ${hostsFile()} lists ${shown}, and is not used: add to "hosts" in the configuration what DNS does not have`,
  ];
}
