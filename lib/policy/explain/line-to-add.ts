import { cloudMetadata, parseAddress } from '../../address/index.js';
import { tunnelledTo, USUAL_PORTS } from '../values/index.js';

/** An attempt that is (or would be) denied, as records and the judge both know it. */
export interface DeniedAttempt {
  /** Why it is denied, or would be. */
  readonly reason: string;
  /** The verified user, or the client's address. */
  readonly client: { readonly user: string } | { readonly ip: string };
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly kind: 'tunnel' | 'forward';
  /** The method and, where it is known, the path of a forwarded request. */
  readonly method: string;
  readonly path: string | 'not_known';
  /** The nearest rules, nearest first, each with the first fact that failed it. */
  readonly nearest: readonly { readonly policy: string; readonly id: string; readonly failed: string }[];
  /** The addresses that it may lead to now, as it is only observed. */
  readonly passing: readonly string[];
  /** The addresses that may not be dialled, and why. */
  readonly dropped: readonly { readonly ip: string; readonly reason: string }[];
}

/** Why addresses are dropped that a rule may well list. Cloud metadata is never proposed. */
const LISTABLE: readonly string[] = ['address_not_allowed', 'special_purpose', 'own_address'];

/**
 * What to change in a policy file so that nothing known keeps an attempt from passing which is (or would be) denied before its
 * traffic: what the nearest rule lacks, or a rule. `'none'` for other reasons, and where nothing should be allowed.
 */
export function lineToAdd(attempt: DeniedAttempt): string | 'none' {
  const { reason, host, port, kind, nearest } = attempt;
  if (isCloudMetadata(host)) return 'none';
  const near = nearest.find(({ failed }) => failed === reason);
  const isOfProtocol = kind === 'tunnel' && tunnelledTo(port) !== 'not_known';
  const rule = near === undefined ? 'none' : `rule ${near.policy}/${near.id}`;
  switch (reason) {
    case 'address_not_allowed':
      return lineForAddresses(attempt, rule);
    case 'client_not_allowed':
      return lineForClient(attempt, near?.policy ?? 'none');
    case 'destination_not_allowed':
      // An address may also be near a rule by name that leads there, which excepts nothing.
      return rule === 'none' || isAddress(host) ? ruleFor(attempt) : `remove it from "except" of ${rule}: "${host}"`;
    case 'port_not_allowed':
      // A rule for another protocol is not made to fit by one more port.
      return rule === 'none' || isOfProtocol ? ruleFor(attempt) : `add to "ports" of ${rule}: ${port}`;
    case 'request_not_allowed':
      return rule === 'none' || kind === 'tunnel' ? ruleFor(attempt) : lineForRequest(attempt, rule);
    case 'rule_expired':
      return `set a later "expires" in ${rule === 'none' ? 'the rule' : rule}`;
    case 'no_policy':
    case 'protocol_not_allowed':
      return ruleFor(attempt);
    default:
      return 'none';
  }
}

function isAddress(host: string): boolean {
  return parseAddress(host).kind === 'parsed';
}

function isCloudMetadata(host: string): boolean {
  const address = parseAddress(host);
  return address.kind === 'parsed' && cloudMetadata(address.value) !== 'none';
}

function lineForAddresses(attempt: DeniedAttempt, rule: string): string | 'none' {
  const addresses = addressesIn(attempt);
  if (addresses.length === 0) return 'none';
  return rule === 'none' ? ruleFor(attempt, addresses) : `add to ${rule}: resolves-to: ${listOf(addresses)}`;
}

function lineForClient({ client }: DeniedAttempt, policy: string): string {
  const key = 'user' in client ? `users: ${listOf([client.user])}` : `networks: ${listOf([client.ip])}`;
  return policy === 'none'
    ? `name it in "clients" of a policy: ${key}`
    : `add to "clients" of policy ${policy}: ${key}`;
}

function lineForRequest({ method, path }: DeniedAttempt, rule: string): string {
  const paths = path === 'not_known' ? '' : `, paths: ${listOf([path])}`;
  return `add to ${rule} what it lacks of: methods: [${method}]${paths}`;
}

/** The addresses that a rule would have to list. */
function addressesIn({ passing, dropped }: DeniedAttempt): readonly string[] {
  if (passing.length > 0) return passing;
  return dropped.filter(({ reason }) => LISTABLE.includes(reason)).map(({ ip }) => ip);
}

/** A rule for the destination, with what the protocol's usual port does not say by itself. */
function ruleFor({ host, port, kind }: DeniedAttempt, addresses: readonly string[] = []): string {
  const tunnelled = tunnelledTo(port);
  const protocol = kind === 'forward' ? 'http' : tunnelled === 'not_known' ? 'tls' : tunnelled;
  const ports = USUAL_PORTS[protocol] === port ? '' : `, ports: [${port}]`;
  const where = addresses.length === 0 || addresses.includes(host) ? '' : `, resolves-to: ${listOf(addresses)}`;
  return `add a rule: - {id: new-rule, to: ["${host}"]${where}, protocol: ${protocol}${ports}}`;
}

/** Texts as a list of YAML, each in quotes: JSON's are YAML's. */
function listOf(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}
