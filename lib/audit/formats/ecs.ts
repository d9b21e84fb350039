import { parseAddress } from '../../address/index.js';
import type { CloseContent, DecisionContent } from '../index.js';
import { type About, identitiesIn, type RecordVerdict, type SummarisedEntry, verdictIn } from './summary.js';
import { put, jsonObject, type JsonObject } from './json-object.js';
import { place } from './leaves.js';

const ECS_VERSION = '9.4.0';

/**
 * A record in the Elastic Common Schema (every field used is in 8.0 too). What ECS has no word for stands under
 * `tidegate.KIND`, by its own name.
 */
export function ecs(entry: SummarisedEntry, about: About): JsonObject {
  const event = jsonObject();
  put(event, '@timestamp', entry.time);
  event['message'] = entry.summary.message;
  put(event, 'ecs.version', ECS_VERSION);
  event['event'] = classification(entry);
  event['service'] = jsonObject({
    name: 'tidegate',
    type: 'tidegate',
    version: about.version,
    ephemeral_id: entry.boot,
  });
  event['observer'] = jsonObject({ product: 'tidegate', vendor: 'tidegate', type: 'proxy', version: about.version });
  if (about.host !== 'not_known') put(event, 'observer.hostname', about.host);
  if (isTraffic(entry)) event['network'] = jsonObject({ transport: 'tcp', direction: 'outbound' });
  place(event, entry, 'ecs', ['tidegate', entry.kind], (target, value) => write(event, target, value));
  relate(event, entry);
  return event;
}

function classification({ hash, seq, summary, ...entry }: SummarisedEntry): JsonObject {
  return jsonObject({
    id: hash,
    sequence: seq,
    kind: 'event',
    ...classOf(entry.record),
    action: summary.action,
    outcome: summary.outcome,
    provider: 'tidegate',
    module: 'tidegate',
    dataset: 'tidegate.audit',
  });
}

function isTraffic({ kind }: SummarisedEntry): boolean {
  return kind === 'decision' || kind === 'close' || kind === 'progress';
}

function classOf(record: SummarisedEntry['record']): {
  readonly category?: readonly string[];
  readonly type?: readonly string[];
} {
  switch (record.kind) {
    case 'foreign':
    case 'malformed':
      return {};
    case 'decision':
      return { category: ['network'], type: ['connection', ...TYPES[verdictIn(record)]] };
    case 'close':
      return { category: ['network'], type: ['connection', 'end', ...TYPES[verdictIn(record)]] };
    case 'progress':
      return { category: ['network'], type: ['connection', 'info'] };
    case 'policy':
      return { category: ['configuration'], type: [record.content.outcome === 'adopted' ? 'change' : 'info'] };
    case 'start':
      return { category: ['process'], type: ['start'] };
    case 'stop':
      return { category: ['process'], type: ['end'] };
    case 'admin':
      return record.content.action === 'tunnels_cut'
        ? { category: ['network'], type: ['end'] }
        : { category: ['configuration'], type: ['access'] };
  }
}

/** One record of each attempt is of type `allowed`, `denied` or `info`: the one with the final verdict. */
const TYPES = {
  opened: ['start'],
  allowed: ['allowed'],
  denied: ['denied'],
  refused: ['denied'],
  failed: ['info'],
  none: [],
} as const satisfies Record<RecordVerdict, readonly string[]>;

function write(event: JsonObject, target: string, value: unknown): void {
  if (target === 'dns.answers.data') put(event, 'dns.answers', answers(value));
  else if (target === 'tls.version') putVersion(event, String(value));
  else put(event, target, target === 'event.duration' ? Number(value) * 1e6 : value);
}

/** ECS wants the number and the name of the protocol apart. */
function putVersion(event: JsonObject, version: string): void {
  put(event, 'tls.version', version.slice('TLSv'.length));
  put(event, 'tls.version_protocol', 'tls');
}

function answers(aliases: unknown): JsonObject[] {
  return Array.isArray(aliases) ? aliases.map((data: unknown) => jsonObject({ type: 'CNAME', data })) : [];
}

/** ECS's own index of who and what a record is about. */
function relate(event: JsonObject, { record }: SummarisedEntry): void {
  if (record.kind === 'decision') relateDecision(event, record.content);
  if (record.kind === 'close') relateClose(event, record.content);
}

function relateDecision(event: JsonObject, content: DecisionContent): void {
  const { client, destination, resolved } = content;
  const host = destination?.host ?? 'none';
  const literal = parseAddress(host).kind === 'parsed';
  const ips = [client.ip, ...(literal ? [host] : []), ...(resolved ?? [])];
  put(event, 'related.ip', [...new Set(ips)]);
  if (destination !== null && !literal) put(event, 'related.hosts', [host]);
  if (client.user !== null) put(event, 'related.user', [client.user]);
}

/** Identities of both ends. What only a probe saw was not offered in this handshake, and stands under `related` alone. */
function relateClose(event: JsonObject, content: CloseContent): void {
  const hashes = identitiesIn(content);
  for (const { fact, seen, inTunnel } of hashes) {
    if (fact === 'thumbprint' && inTunnel) put(event, 'tls.server.hash.sha1', seen);
    if (fact === 'client_thumbprint' && inTunnel) put(event, 'tls.client.hash.sha1', seen);
  }
  if (hashes.length > 0) put(event, 'related.hash', [...new Set(hashes.map(({ seen }) => seen))]);
}
