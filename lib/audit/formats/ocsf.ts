import { POLICY_NAME, ocsfClass, type OcsfClass } from './ocsf-class.js';
import { type About, identitiesIn, type RecordVerdict, type SummarisedEntry, verdictIn } from './summary.js';
import { isJsonObject, put, jsonObject, type JsonObject } from './json-object.js';
import { place } from './leaves.js';

const OCSF_VERSION = '1.8.0';

const SEVERITIES = { informational: 1, low: 2, medium: 3, high: 4 } as const;
const STATUSES = { unknown: 0, success: 1, failure: 2 } as const;

/** A record as an event of OCSF 1.8. What OCSF has no attribute for stands under `unmapped`, by its own name. */
export function ocsf(entry: SummarisedEntry, about: About): JsonObject {
  const chosen = ocsfClass(entry);
  const { uid, activity } = chosen;
  const { summary } = entry;
  const event = jsonObject({
    category_uid: Math.floor(uid / 1000),
    class_uid: uid,
    activity_id: activity,
    type_uid: uid * 100 + activity,
    ...(activity === 99 ? { activity_name: chosen.activityName } : {}),
    time: Date.parse(entry.time),
    message: summary.message,
    severity_id: SEVERITIES[summary.severity],
    status_id: STATUSES[summary.outcome],
    metadata: metadataOf(entry, about, chosen),
    ...chosen.demands,
  });
  control(event, entry);
  place(event, entry, 'ocsf', ['unmapped'], (target, value) => put(event, target, converted(target, value)));
  certify(event, entry);
  return demanded(event, chosen);
}

function metadataOf(entry: SummarisedEntry, { version, host }: About, { profiles }: OcsfClass): JsonObject {
  return jsonObject({
    version: OCSF_VERSION,
    product: jsonObject({ name: 'tidegate', vendor_name: 'tidegate', version }),
    uid: entry.hash,
    sequence: entry.seq,
    event_code: entry.summary.action,
    log_name: 'audit',
    original_time: entry.time,
    ...(host === 'not_known'
      ? {}
      : { loggers: [jsonObject({ name: 'tidegate', device: jsonObject({ hostname: host, type_id: 0 }) })] }),
    ...(profiles.length === 0 ? {} : { profiles }),
  });
}

/** What OCSF calls something else (99) has a name beside it. */
const OTHER = 99;
const ACTIONS = { opened: OTHER, allowed: 1, denied: 2, refused: 2, failed: OTHER } as const;
const DISPOSITIONS = { opened: OTHER, allowed: 1, denied: 2, refused: 25, failed: 27 } as const;
const NAMES: Readonly<Partial<Record<RecordVerdict, string>>> = { opened: 'Opened', failed: 'Failed' };
const OBSERVED = 3;

/** The profile Security Control: what was done about the attempt. What passed only by observing is action 3. */
function control(event: JsonObject, { record }: SummarisedEntry): void {
  const verdict = verdictIn(record);
  if (verdict === 'none') return;
  event['action_id'] = verdict === 'allowed' && isObserved(record) ? OBSERVED : ACTIONS[verdict];
  event['disposition_id'] = DISPOSITIONS[verdict];
  const name = NAMES[verdict];
  if (ACTIONS[verdict] === OTHER && name !== undefined) event['action'] = name;
  if (DISPOSITIONS[verdict] === OTHER && name !== undefined) event['disposition'] = name;
}

function isObserved(record: SummarisedEntry['record']): boolean {
  if (record.kind !== 'close') return false;
  const { reason, would_deny: wouldDeny = null } = record.content;
  return reason === 'observed' || (wouldDeny !== null && wouldDeny !== 'none');
}

function converted(target: string, value: unknown): unknown {
  if (target === 'start_time') return Date.parse(String(value));
  return target === 'status_detail' && Array.isArray(value) ? value.join('\n') : value;
}

const SHA1 = 2;

/** The certificate that the server showed in this tunnel, by the one thing that records keep of it. */
function certify(event: JsonObject, { record }: SummarisedEntry): void {
  if (record.kind !== 'close') return;
  const server = identitiesIn(record.content).find(({ fact, inTunnel }) => fact === 'thumbprint' && inTunnel);
  if (server === undefined) return;
  const fingerprints = [jsonObject({ algorithm_id: SHA1, algorithm: 'SHA-1', value: server.seen })];
  // OCSF demands the other two, which records do not hold.
  put(event, 'tls.certificate', jsonObject({ fingerprints, issuer: 'Unknown', serial_number: 'Unknown' }));
}

/** Adds what OCSF requires of an event, and no record of ours says. */
function demanded(event: JsonObject, { uid }: OcsfClass): JsonObject {
  // Where the server's hello was not inspected, the version is not known, and `tls` demands one.
  const { tls } = event;
  if (isJsonObject(tls) && tls['version'] === undefined) put(event, 'tls.version', 'Unknown');
  if (event['policy'] !== undefined) put(event, 'policy.type', POLICY_NAME);
  // Who and where to stand in the attempt's decision; one end of the connection must be there.
  if (uid === 4001 && event['dst_endpoint'] === undefined) event['dst_endpoint'] = jsonObject({ name: 'Unknown' });
  const spoken = event['http_request'] ?? event['http_response'];
  // There was a request, of which nothing is known.
  if (uid === 4002 && spoken === undefined) event['http_request'] = jsonObject();
  return event;
}
