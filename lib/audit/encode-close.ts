import type { Observation } from '../attempt/index.js';
import type { Check, RuleRef } from '../policy/index.js';
import { DENIAL_REASONS, type CheckContent, type WrittenClose } from './fields/index.js';
import { CHARACTERS, ITEMS, cut, cutOrNull } from './limits.js';
import type { CloseRecord } from './record.js';

type Verification = Pick<WrittenClose, 'cleared_by' | 'would_deny' | 'judged_by' | 'checks'>;

/** Gives the content of a close. */
export function encodeClose(record: CloseRecord): WrittenClose {
  const { dialled, observation } = record;
  const tls = asTls(observation);
  const ssh = asSsh(observation);
  const verification = encodeJudged(record);
  // Field by field: an object of so many, put together by spreading, takes fifty times as long to make.
  return {
    attempt: record.id,
    verdict: record.verdict,
    reason: record.reason,
    dialled:
      dialled === 'not_reached' ? null : { ip: dialled.address.text, port: dialled.port, reused: dialled.reused },
    seen: observation === 'not_reached' ? 'not_reached' : observation.protocol,
    server_name: tls === 'none' || tls.serverName === 'none' ? null : tls.serverName,
    alpn: tls === 'none' ? null : cutAll(tls.alpn, ITEMS.alpn, CHARACTERS.alpn),
    tls_offered: tls === 'none' ? null : cutAll(tls.offered, ITEMS.tlsOffered, CHARACTERS.tlsVersion),
    tls_version: tls === 'none' ? null : cutIfReached(tls.version, CHARACTERS.tlsVersion),
    encrypted_hello: tls === 'none' ? null : tls.encryptedHello,
    software_version: ssh === 'none' ? null : cut(ssh.softwareVersion, CHARACTERS.softwareVersion),
    server_software_version:
      ssh === 'none' ? null : cutIfReached(ssh.serverSoftwareVersion, CHARACTERS.softwareVersion),
    key_exchange: ssh === 'none' ? null : cutIfReached(ssh.keyExchange, CHARACTERS.keyExchange),
    host_key_type:
      ssh !== 'none' && 'identity' in ssh.server ? cut(ssh.server.identity.type, CHARACTERS.keyType) : null,
    server_shown: shownBy(tls === 'none' ? ssh : tls),
    client_shown: tls === 'none' ? null : tls.client.kind,
    cleared_by: verification.cleared_by,
    would_deny: verification.would_deny,
    judged_by: verification.judged_by,
    checks: verification.checks,
    status: record.status === 'none' ? null : record.status,
    bytes_out: record.bytesOut === 'not_visible' ? null : record.bytesOut,
    bytes_in: record.bytesIn === 'not_visible' ? null : record.bytesIn,
    duration_ms: record.durationMs === 'not_visible' ? null : record.durationMs,
    ended_by: record.endedBy,
    detail: cutOrNull(record.detail, CHARACTERS.detail),
  };
}

type Traffic<P> = Extract<Observation, { readonly protocol: P }>;

function asTls(observation: Observation | 'not_reached'): Traffic<'tls'> | 'none' {
  return observation !== 'not_reached' && observation.protocol === 'tls' ? observation : 'none';
}

function asSsh(observation: Observation | 'not_reached'): Traffic<'ssh'> | 'none' {
  return observation !== 'not_reached' && observation.protocol === 'ssh' ? observation : 'none';
}

function shownBy(traffic: Traffic<'tls' | 'ssh'> | 'none'): string | null {
  return traffic === 'none' ? null : traffic.server.kind;
}

function cutAll(texts: readonly string[], items: number, characters: number): readonly string[] {
  return texts.slice(0, items).map((text) => cut(text, characters));
}

function cutIfReached(text: string, characters: number): string | null {
  return text === 'not_reached' ? null : cut(text, characters);
}

const NOT_JUDGED: Verification = { cleared_by: null, would_deny: null, judged_by: null, checks: null };

function encodeJudged({ judged, endedBy }: CloseRecord): Verification {
  if (judged === 'not_reached') return NOT_JUDGED;
  const { rule, checks, wouldDeny } = judged;
  const denied = Object.hasOwn(DENIAL_REASONS, endedBy);
  return {
    cleared_by: rule === 'none' || denied ? null : `${rule.policy}/${rule.id}`,
    would_deny: wouldDeny,
    judged_by: rule === 'none' ? null : encodeRule(rule),
    checks: checks.slice(0, ITEMS.checks).map(encodeCheck),
  };
}

function encodeCheck({ fact, expected, seen, outcome, detail }: Check): CheckContent {
  return {
    fact,
    expected: cutAll(expected, ITEMS.expected, CHARACTERS.expected),
    expected_count: expected.length,
    seen: seen === 'none' ? null : cut(seen, CHARACTERS.seen),
    outcome,
    detail: cutOrNull(detail, CHARACTERS.checkDetail),
  };
}

/** Picks the four names: a caller's rule is often a larger, compiled thing. */
export function encodeRule({ policy, id, file, line }: RuleRef): NonNullable<WrittenClose['judged_by']> {
  return { policy, id, file: cut(file, CHARACTERS.file), line };
}
