import type { Host } from '../address/index.js';
import type { Client, Intent } from '../attempt/index.js';
import type { NearMiss, RuleRef } from '../policy/index.js';
import { encodeClose, encodeRule } from './encode-close.js';
import type { DecisionContent, ReadRecord } from './fields/index.js';
import { CHARACTERS, ITEMS, cut, cutOrNull } from './limits.js';
import type { AuditRecord, DecisionRecord, Resolved, Verdict, WouldDeny } from './record.js';

/**
 * Gives the journal's entry for a record: its kind, and its content as small, stable JSON. Every field of the kind is
 * always there (`docs/audit-fields.md`). Texts longer than their limit are cut and end with `…`; they are not escaped
 * here. No query string, password or unverified user name can get in, because no record holds one (law 10).
 */
export function encode(record: AuditRecord): ReadRecord {
  switch (record.kind) {
    case 'decision':
      return { kind: 'decision', content: encodeDecision(record) };
    case 'close':
      return { kind: 'close', content: encodeClose(record) };
    case 'progress': {
      const { id: attempt, bytesOut, bytesIn, durationMs } = record;
      return {
        kind: 'progress',
        content: { attempt, bytes_out: bytesOut, bytes_in: bytesIn, duration_ms: durationMs },
      };
    }
    case 'policy': {
      const { outcome, revision, previous, rules } = record;
      const problems = record.problems.slice(0, ITEMS.problems).map((problem) => cut(problem, CHARACTERS.problem));
      return {
        kind: 'policy',
        content: { outcome, revision, previous: previous === 'none' ? null : previous, rules, problems },
      };
    }
    case 'start': {
      const { version, node, pid, revision } = record;
      return {
        kind: 'start',
        content: { version, node, pid, listeners: record.listeners.slice(0, ITEMS.listeners), revision },
      };
    }
    case 'stop': {
      const { openAttempts, missingEnds } = record;
      const missing = missingEnds === 'not_known' ? null : missingEnds;
      const cause = cut(record.cause, CHARACTERS.detail);
      return { kind: 'stop', content: { cause, open_attempts: openAttempts, missing_ends: missing } };
    }
    case 'admin':
      return { kind: 'admin', content: { action: record.action, detail: cut(record.detail, CHARACTERS.detail) } };
  }
}

function encodeDecision(record: DecisionRecord): DecisionContent {
  const { verdict, resolved, destination, intent } = record;
  const wouldDeny = wouldDenyOf(verdict);
  return {
    attempt: record.id,
    received: record.receivedAt.toISOString(),
    verdict: verdict.kind,
    reason: reasonOf(verdict),
    detail: 'detail' in verdict ? cutOrNull(verdict.detail, CHARACTERS.detail) : null,
    strictness_rule: 'reason' in verdict && verdict.reason === 'malformed' ? verdict.rule : null,
    mode: modeOf(verdict),
    would_deny: wouldDeny === 'none' ? 'none' : wouldDeny.reason,
    client: encodeClient(record.client, record.claimedUserHash),
    request: intent === 'unparsed' ? 'unparsed' : intent.kind,
    method: methodOf(intent),
    path: record.recordPath ? pathOf(intent) : null,
    destination: destination === 'unparsed' ? null : { host: textOf(destination.host), port: destination.port },
    resolved: resolved === 'not_reached' ? null : resolved.addresses.slice(0, ITEMS.addresses).map(({ text }) => text),
    aliases: resolved === 'not_reached' ? null : aliasesOf(resolved),
    dropped:
      resolved === 'not_reached'
        ? null
        : resolved.dropped.slice(0, ITEMS.dropped).map(({ address, reason }) => ({ ip: address.text, reason })),
    rule: ruleOf(verdict),
    other_rules:
      verdict.kind === 'allowed' && verdict.rules.length > 1 ? verdict.rules.slice(1, 1 + ITEMS.rules).map(nameOf) : [],
    nearest: nearestOf(verdict),
    protocol: verdict.kind === 'allowed' ? verdict.protocol : 'not_reached',
    revision: record.revision,
    status: record.status === 'none' ? null : record.status,
  };
}

function reasonOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'allowed':
      return verdict.wouldDeny === 'none' ? 'rule_holds' : 'observed';
    case 'denied':
    case 'refused':
      return verdict.reason;
    case 'failed':
      return verdict.code;
  }
}

function modeOf(verdict: Verdict): DecisionContent['mode'] {
  if (verdict.kind === 'denied') return 'enforce';
  if (wouldDenyOf(verdict) !== 'none') return 'observe';
  return verdict.kind === 'allowed' ? 'enforce' : 'not_reached';
}

/** An attempt may also fail that only `observe` let through. */
function wouldDenyOf(verdict: Verdict): WouldDeny {
  return 'wouldDeny' in verdict ? verdict.wouldDeny : 'none';
}

function encodeClient({ ip, port, identity }: Client, claimedUserHash: string): DecisionContent['client'] {
  if (identity.kind === 'basic') {
    return { ip: ip.text, port, identity: 'basic', user: cut(identity.user, CHARACTERS.user), user_hash: null };
  }
  if (claimedUserHash === 'none') return { ip: ip.text, port, identity: 'network', user: null, user_hash: null };
  return { ip: ip.text, port, identity: 'unverified', user: null, user_hash: claimedUserHash };
}

function methodOf(intent: Intent | 'unparsed'): string | null {
  if (intent === 'unparsed') return null;
  return intent.kind === 'tunnel' ? 'CONNECT' : intent.method;
}

function pathOf(intent: Intent | 'unparsed'): string | null {
  if (intent === 'unparsed' || intent.kind === 'tunnel') return null;
  // The type says it holds no query; should a caller ever break that, the query must still not reach the disk.
  const [path = ''] = intent.path.split(/[?#]/, 1);
  // Bytes of UTF-8, which some clients send as they are: one character each.
  const asUri = path.replaceAll(/[^ -~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  return cut(asUri, CHARACTERS.path);
}

function textOf(host: Host): string {
  return host.kind === 'name' ? host.name : host.address.text;
}

function aliasesOf({ aliases }: Resolved): string[] | null {
  return aliases === 'not_visible'
    ? null
    : aliases.slice(0, ITEMS.aliases).map((alias) => cut(alias, CHARACTERS.alias));
}

function ruleOf(verdict: Verdict): DecisionContent['rule'] {
  if (verdict.kind === 'denied') return verdict.rule === 'none' ? null : encodeRule(verdict.rule);
  const wouldDeny = wouldDenyOf(verdict);
  const nearest = wouldDeny === 'none' ? undefined : wouldDeny.nearest[0]?.rule;
  const [rule = nearest] = verdict.kind === 'allowed' ? verdict.rules : [];
  return rule === undefined ? null : encodeRule(rule);
}

function nameOf({ policy, id }: RuleRef): string {
  return `${policy}/${id}`;
}

function nearestOf(verdict: Verdict): DecisionContent['nearest'] {
  if (verdict.kind === 'denied') return encodeNearest(verdict.nearest);
  const wouldDeny = wouldDenyOf(verdict);
  return wouldDeny === 'none' ? [] : encodeNearest(wouldDeny.nearest);
}

function encodeNearest(nearest: readonly NearMiss[]): DecisionContent['nearest'] {
  return nearest.slice(0, ITEMS.nearest).map(({ rule, failed }) => ({ ...encodeRule(rule), failed }));
}
