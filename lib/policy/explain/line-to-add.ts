/** An attempt that no rule lets lead to its addresses, as records and the judge both know it. */
export interface UnlistedAddress {
  /** Why it is denied, or would be. */
  readonly reason: string;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly kind: 'tunnel' | 'forward';
  /** The nearest rules, nearest first, each with the first fact that failed it. */
  readonly nearest: readonly { readonly policy: string; readonly id: string; readonly failed: string }[];
  /** The addresses that it may lead to now, as it is only observed. */
  readonly passing: readonly string[];
  /** The addresses that may not be dialled, and why. */
  readonly dropped: readonly { readonly ip: string; readonly reason: string }[];
}

/** Why addresses are dropped that a rule may well list. Cloud metadata is never proposed. */
const LISTABLE: readonly string[] = ['address_not_allowed', 'special_purpose', 'own_address'];

const PROTOCOLS: Readonly<Record<number, string>> = { 22: 'ssh', 10933: 'tentacle' };
const USUAL_PORTS: Readonly<Record<string, number>> = { http: 80, tls: 443, tentacle: 10933, ssh: 22 };

/**
 * The line of a policy file that allows an attempt which is (or would be) denied with `address_not_allowed`: `resolves-to` for the
 * rule that holds otherwise, or a rule. `'none'` for other reasons, and where no address is known.
 */
export function lineToAdd(attempt: UnlistedAddress): string | 'none' {
  const { reason, host, port, kind, nearest, passing, dropped } = attempt;
  const listable = dropped.filter((one) => LISTABLE.includes(one.reason)).map(({ ip }) => ip);
  const addresses = passing.length > 0 ? passing : listable;
  if (reason !== 'address_not_allowed' || addresses.length === 0) return 'none';
  const list = `[${addresses.map((each) => `"${each}"`).join(', ')}]`;
  const near = nearest.find(({ failed }) => failed === 'address_not_allowed');
  if (near !== undefined) return `add to rule ${near.policy}/${near.id}: resolves-to: ${list}`;
  const protocol = kind === 'forward' ? 'http' : (PROTOCOLS[port] ?? 'tls');
  const ports = USUAL_PORTS[protocol] === port ? '' : `, ports: [${port}]`;
  const where = addresses.includes(host) ? '' : `, resolves-to: ${list}`;
  return `add a rule: - {id: new-rule, to: ["${host}"]${where}, protocol: ${protocol}${ports}}`;
}
