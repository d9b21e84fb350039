import { DENIAL_REASONS, FAILURE_CODES, type CloseContent } from '../index.js';
import { isUnknownEnd, type SummarisedEntry } from './summary.js';
import { jsonObject, type JsonObject } from './json-object.js';

/** Where OCSF files a record: a class (its first digit is the category), what it did there, and what that class demands beside our fields. */
export interface OcsfClass {
  readonly uid: number;
  readonly activity: number;
  /** What `activity` 99 (Other) means. */
  readonly activityName: string;
  readonly profiles: readonly string[];
  readonly demands: JsonObject;
}

/*
 * HTTP Activity (4002) is what was asked and decided, since every attempt is an HTTP request, CONNECT among them. Network
 * Activity (4001) is what the connection did. Entity Management (3004) is a change of policy or users, Application
 * Lifecycle (6002) start and stop, Event Log Activity (1008) what the journal says of itself.
 */

/** Chooses the class of a record. */
export function ocsfClass(entry: SummarisedEntry): OcsfClass {
  const { record, kind } = entry;
  switch (record.kind) {
    case 'foreign':
    case 'malformed':
      return ofLog(kind);
    case 'decision':
      return network(4002, METHODS.get(record.content.method ?? '') ?? (record.content.method === null ? 0 : 99), {
        activityName: record.content.method ?? 'Unknown',
        profiles: ['host', 'security_control'],
      });
    case 'close':
      return network(4001, activityOfClose(record.content), { profiles: ['security_control'] });
    case 'progress':
      return network(4001, 6);
    case 'policy':
      return entity(3, { type_id: 5, type: 'Policy', name: POLICY_NAME, policy: jsonObject({ name: POLICY_NAME }) });
    case 'admin':
      return ofAdmin(record.content.action);
    case 'start':
      return { ...lifecycle(3), profiles: ['host', 'security_control'] };
    case 'stop':
      return lifecycle(4);
  }
}

/** What the whole set of policies is called, where OCSF wants a name. */
export const POLICY_NAME = 'egress policy';

const METHODS: ReadonlyMap<string, number> = new Map(
  ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'TRACE', 'PATCH'].map((name, at) => [name, at + 1]),
);

function network(uid: 4001 | 4002, activity: number, more: Partial<OcsfClass> = {}): OcsfClass {
  const connection = jsonObject({ direction_id: 2, protocol_name: 'tcp', protocol_num: 6 });
  return { ...classed(uid, activity, { connection_info: connection }), ...more };
}

function classed(uid: number, activity: number, demands: Readonly<Record<string, unknown>>): OcsfClass {
  return { uid, activity, activityName: 'none', profiles: [], demands: jsonObject(demands) };
}

/** Close 2, Reset 3 (by us), Fail 4, Refuse 5. */
function activityOfClose({ ended_by: endedBy, dialled }: CloseContent): number {
  if (endedBy === 'connection_refused') return 5;
  if (dialled === null && !isUnknownEnd(endedBy)) return 4;
  const byUs = isUnknownEnd(endedBy) || ['idle_timeout', 'policy_change', 'shutdown', 'operator'].includes(endedBy);
  return byUs || Object.hasOwn(DENIAL_REASONS, endedBy) || Object.hasOwn(FAILURE_CODES, endedBy) ? 3 : 2;
}

/** Read 2 for the users file, Delete 4 for tunnels; an action of a later version is Other. */
function ofAdmin(action: string): OcsfClass {
  if (action === 'users_loaded') return entity(2, { type_id: 99, type: 'Users file', name: 'users file' });
  if (action === 'tunnels_cut') return entity(4, { type_id: 99, type: 'Connections', name: 'open tunnels' });
  return { ...entity(99, { type_id: 99, type: 'Other', name: action }), activityName: action };
}

function entity(activity: number, what: Readonly<Record<string, unknown>>): OcsfClass {
  return classed(3004, activity, { entity: jsonObject(what) });
}

function lifecycle(activity: number): OcsfClass {
  return classed(6002, activity, { app: jsonObject({ name: 'tidegate', vendor_name: 'tidegate' }) });
}

function ofLog(kind: string): OcsfClass {
  const activity = { segment: 5, retention: 2 }[kind] ?? 99;
  const demands = { log_name: 'tidegate audit journal', log_provider: 'tidegate' };
  return { ...classed(1008, activity, demands), activityName: kind };
}
