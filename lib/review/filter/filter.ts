import { isUnder, parseAddress, parseHost, rangeContains, type DomainName, type IpRange } from '../../address/index.js';
import { finalVerdict, type CloseContent, type DecisionContent } from '../../audit/index.js';

/** Destinations asked for: one host, everything under a name (`*.d`), or a range, which also finds names that led there. */
export type DestinationPattern =
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'under'; readonly suffix: DomainName }
  | { readonly kind: 'range'; readonly range: IpRange };

/** Which attempts are asked for. Everything given must hold. Times are ISO 8601 in UTC, as the journal writes them. */
export interface Filter {
  /** Received at or after. */
  readonly since?: string;
  /** Received before. */
  readonly until?: string;
  readonly user?: string;
  readonly client?: IpRange;
  readonly destination?: DestinationPattern;
  readonly port?: number;
  /** The final one, or of an open attempt the one so far. */
  readonly verdict?: DecisionContent['verdict'];
  /** The reason of the final verdict, of what would have been denied, or of the end. */
  readonly reason?: string;
  /** A rule's id, or `policy/id`: the one that decided, or another that held too. */
  readonly rule?: string;
  readonly policy?: string;
  /** Only what observe mode let pass, whether before the connection or for what was seen in the tunnel. */
  readonly wouldDeny?: true;
  /** What holding some fact of the tunnel against the rule came to, and which fact; of both, the same one. */
  readonly outcome?: string;
  readonly fact?: string;
  /** Text anywhere in the record, upper and lower case being the same. */
  readonly text?: string;
}

/** Whether an attempt is one that was asked for: `yes_so_far` and `not_so_far` unless its end says otherwise. */
export type Match = 'yes' | 'yes_so_far' | 'not_so_far' | 'no';

/** Whether an attempt is one that was asked for, as far as its decision says. `line` is its line in the journal. */
export function matches(filter: Filter, decision: DecisionContent, line: string): Match {
  if (!decisionMatches(filter, decision, line)) return 'no';
  const soFar = endMatches(filter, decision, 'none');
  if (decision.verdict !== 'allowed') return soFar ? 'yes' : 'no';
  if (!soFar) return 'not_so_far';
  // The end changes the verdict and its reason; of anything else it only adds.
  return filter.verdict === undefined && filter.reason === undefined ? 'yes' : 'yes_so_far';
}

/** Whether an attempt whose decision matches is one that was asked for, as its end says, or without one. */
export function endMatches(
  { verdict, reason, wouldDeny, outcome, fact }: Filter,
  decision: DecisionContent,
  close: CloseContent | 'none',
): boolean {
  const final = finalVerdict(decision, close);
  const denied = close === 'none' ? 'none' : (close.would_deny ?? 'none');
  const reasons = [final.reason, decision.would_deny, denied, ...(close === 'none' ? [] : [close.ended_by])];
  const checks = close === 'none' ? [] : (close.checks ?? []);
  return (
    (verdict === undefined || verdict === final.verdict) &&
    (reason === undefined || reasons.includes(reason)) &&
    (wouldDeny === undefined || decision.would_deny !== 'none' || denied !== 'none') &&
    ((outcome === undefined && fact === undefined) ||
      checks.some(
        (check) => (outcome === undefined || check.outcome === outcome) && (fact === undefined || check.fact === fact),
      ))
  );
}

function decisionMatches(filter: Filter, decision: DecisionContent, line: string): boolean {
  const { since, until, user, client, port, text } = filter;
  return (
    (since === undefined || decision.received >= since) &&
    (until === undefined || decision.received < until) &&
    (user === undefined || decision.client.user === user) &&
    (client === undefined || inRange(client, decision.client.ip)) &&
    (port === undefined || decision.destination?.port === port) &&
    (text === undefined || line.toLowerCase().includes(text.toLowerCase())) &&
    selectsRule(filter, () => rulesOf(decision)) &&
    selectsDestination(filter, decision.destination?.host ?? 'unparsed', decision.resolved ?? [])
  );
}

function rulesOf({ rule, other_rules: others }: DecisionContent): readonly string[] {
  return rule === null ? others : [`${rule.policy}/${rule.id}`, ...others];
}

/** Whether one of the rules, each as `policy/id`, is asked for. */
export function selectsRule({ rule, policy }: Filter, rules: () => readonly string[]): boolean {
  if (rule === undefined && policy === undefined) return true;
  return rules().some((name) => {
    const slash = name.indexOf('/');
    return (
      (policy === undefined || name.slice(0, slash) === policy) &&
      (rule === undefined || name === rule || name.slice(slash + 1) === rule)
    );
  });
}

/** Whether a host, or one of the addresses that it led to, is asked for. */
export function selectsDestination(
  { destination }: Filter,
  host: string | 'unparsed',
  addresses: readonly string[],
): boolean {
  if (destination === undefined) return true;
  if (host === 'unparsed') return false;
  switch (destination.kind) {
    case 'host':
      return host === destination.host;
    case 'under':
      return liesUnder(host, destination.suffix);
    case 'range':
      return [host, ...addresses].some((text) => inRange(destination.range, text));
  }
}

function liesUnder(text: string, suffix: DomainName): boolean {
  const host = parseHost(text);
  return host.kind === 'parsed' && host.value.kind === 'name' && isUnder(host.value.name, suffix);
}

/** Whether a text is an address within a range. */
export function inRange(range: IpRange, text: string): boolean {
  const address = parseAddress(text);
  return address.kind === 'parsed' && rangeContains(range, address.value);
}
