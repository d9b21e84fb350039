import { parseAddress } from '../../address/index.js';
import type { About } from './entry.js';
import type { Told } from './telling.js';
import { put, putAt, tree, type Tree } from './tree.js';
import { leaves, type Leaf } from './walk.js';

const ECS_VERSION = '9.4.0';

/**
 * A record in the Elastic Common Schema (every field used is in 8.0 too). What ECS has no word for stands under
 * `tidegate.KIND`, by its own name.
 */
export function ecs(told: Told, about: About): Tree {
  const event = tree();
  put(event, '@timestamp', told.time);
  event['message'] = told.telling.message;
  put(event, 'ecs.version', ECS_VERSION);
  event['event'] = classification(told);
  event['service'] = tree({ name: 'tidegate', type: 'tidegate', version: about.version, ephemeral_id: told.boot });
  event['observer'] = tree({ product: 'tidegate', vendor: 'tidegate', type: 'proxy', version: about.version });
  if (about.host !== 'not_known') put(event, 'observer.hostname', about.host);
  if (isTraffic(told)) event['network'] = tree({ transport: 'tcp', direction: 'outbound' });
  for (const leaf of leaves(told, 'ecs')) place(event, told, leaf);
  relate(event, told);
  return event;
}

function classification({ hash, seq, telling, ...told }: Told): Tree {
  const { category, type } = classOf(told.record);
  return tree({
    id: hash,
    sequence: seq,
    kind: 'event',
    ...(category === 'none' ? {} : { category: [category], type }),
    action: telling.action,
    outcome: telling.outcome,
    provider: 'tidegate',
    module: 'tidegate',
    dataset: 'tidegate.audit',
  });
}

function isTraffic({ kind }: Told): boolean {
  return kind === 'decision' || kind === 'close' || kind === 'progress';
}

function classOf(record: Told['record']): { readonly category: string; readonly type: readonly string[] } {
  if (record === 'foreign' || record === 'malformed') return { category: 'none', type: [] };
  switch (record.kind) {
    case 'decision':
      return { category: 'network', type: ['connection', TYPES[record.content.verdict]] };
    case 'close':
      return { category: 'network', type: ['connection', 'end'] };
    case 'progress':
      return { category: 'network', type: ['connection', 'info'] };
    case 'policy':
      return { category: 'configuration', type: [record.content.outcome === 'adopted' ? 'change' : 'info'] };
    case 'start':
      return { category: 'process', type: ['start'] };
    case 'stop':
      return { category: 'process', type: ['end'] };
    case 'admin':
      return { category: 'configuration', type: ['access'] };
  }
}

const TYPES = { allowed: 'allowed', denied: 'denied', refused: 'denied', failed: 'info' } as const;

/** What {@link classification} has said already, in ECS's words: ours stand beside it. */
const CLASSIFIED: readonly string[] = ['event.type', 'event.outcome', 'event.action', 'service.version'];
const PROTOCOLS: readonly unknown[] = ['http', 'tls', 'ssh'];

function place(event: Tree, { kind }: Told, { path, targets, value }: Leaf): void {
  const taken = targets.filter((target) => !CLASSIFIED.includes(target) && takes(target, value));
  if (taken.length === 0) putAt(event, ['tidegate', kind, ...path], value);
  for (const target of taken) {
    if (target === 'dns.answers.data') put(event, 'dns.answers', answers(value));
    else put(event, target, target === 'event.duration' ? Number(value) * 1e6 : value);
  }
}

function takes(target: string, value: unknown): boolean {
  if (target === 'destination.ip' || target === 'destination.domain') {
    return (parseAddress(String(value)).kind === 'parsed') === target.endsWith('.ip');
  }
  return target !== 'network.protocol' || PROTOCOLS.includes(value);
}

function answers(aliases: unknown): Tree[] {
  return Array.isArray(aliases) ? aliases.map((data: unknown) => tree({ type: 'CNAME', data })) : [];
}

/** ECS's own index of who and what a record is about. */
function relate(event: Tree, { record }: Told): void {
  if (record === 'foreign' || record === 'malformed' || record.kind !== 'decision') return;
  const { client, destination, resolved } = record.content;
  const host = destination?.host ?? 'none';
  const literal = parseAddress(host).kind === 'parsed';
  const ips = [client.ip, ...(literal ? [host] : []), ...(resolved ?? [])];
  put(event, 'related.ip', [...new Set(ips)]);
  if (destination !== null && !literal) put(event, 'related.hosts', [host]);
  if (client.user !== null) put(event, 'related.user', [client.user]);
}
