import { parseAddress, parseAuthority, parsePort } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import type { DecisionContent } from '../../audit/index.js';
import { explain, type ExplainedRule } from '../../policy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { dayOf } from '../../system/values/index.js';

/** What the policies of today say to an attempt that no rule listed when it was denied. */
export interface NearestNow {
  readonly revision: string;
  /** Whether it passes them, as far as is known before its look-up. */
  readonly passes: boolean;
  /** The rules that it passes by, or the nearest ones. */
  readonly rules: readonly ExplainedRule[];
}

/**
 * Compares an attempt with the policies of a folder. `'not_known'` where its record names rules itself, where no policy denies it,
 * and where the policies cannot be read or would not be adopted.
 */
export async function nearestNow(content: DecisionContent, folder: string): Promise<NearestNow | 'not_known'> {
  const attempt = attemptOf(content);
  if (attempt === 'not_known') return 'not_known';
  const now = new Date();
  const loading = await loadPolicies(folderSource(folder), dayOf(now.getTime()));
  if (loading.kind !== 'loaded') return 'not_known';
  const { verdict, denial, passedBy, nearest } = explain(loading.set, attempt, now);
  return { revision: verdict.revision, passes: denial === 'none', rules: denial === 'none' ? passedBy : nearest };
}

/** An attempt that was, or would be, denied since no rule lists its destination, from its record. */
function attemptOf(content: DecisionContent): Attempt | 'not_known' {
  const { attempt: id, received, destination, nearest, reason, would_deny: wouldDeny, verdict } = content;
  const why = verdict === 'denied' ? reason : wouldDeny;
  if (destination === null || nearest.length > 0 || !UNLISTED.includes(why)) return 'not_known';
  const host = destination.host.includes(':') ? `[${destination.host}]` : destination.host;
  const where = parseAuthority(`${host}:${destination.port}`);
  const ip = parseAddress(content.client.ip);
  const port = parsePort(String(content.client.port));
  if (where.kind === 'malformed' || ip.kind === 'malformed' || port.kind === 'malformed') return 'not_known';
  const { user } = content.client;
  return {
    id,
    receivedAt: new Date(received),
    client: { ip: ip.value, port: port.value, identity: user === null ? { kind: 'network' } : { kind: 'basic', user } },
    destination: where.value,
    intent: intentOf(content),
  };
}

/** The reasons for which no rule is named. */
const UNLISTED: readonly string[] = ['destination_not_allowed', 'client_not_allowed', 'address_not_allowed'];

function intentOf({ request, method, path }: DecisionContent): Attempt['intent'] {
  return request === 'forward' ? { kind: 'forward', method: method ?? 'GET', path: path ?? '/' } : { kind: 'tunnel' };
}
