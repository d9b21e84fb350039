import type { PassingTraffic } from '../../proxy/index.js';
import type { Tunnel } from './requests.js';

/** Describes traffic that passes, as a row. */
export function tunnelOf(traffic: PassingTraffic, now: Date): Tunnel {
  const { attempt, address, seen, checks, bytesOut, bytesIn } = traffic;
  const { client, destination, intent, receivedAt } = attempt;
  return {
    attempt: attempt.id,
    request: intent.kind,
    received: receivedAt.toISOString(),
    age_seconds: Math.max(0, Math.round((now.getTime() - receivedAt.getTime()) / 1_000)),
    client: { ip: client.ip.text, port: client.port, user: userOf(traffic) },
    destination: { host: hostOf(traffic), port: destination.port },
    dialled: address.text,
    rule: rulesOf(traffic)[0] ?? null,
    would_deny: wouldDenyOf(traffic),
    seen,
    checks: checks.map(({ fact, outcome, seen: shown, expected }) => {
      return { fact, outcome, seen: shown === 'none' ? null : shown, pinned: expected.length > 0 };
    }),
    bytes_out: bytesOut,
    bytes_in: bytesIn,
  };
}

/** The host that was asked for, as in records: IPv6 without brackets. */
export function hostOf({ attempt }: PassingTraffic): string {
  const { host } = attempt.destination;
  return host.kind === 'name' ? host.name : host.address.text;
}

/** The user that the client proved to be, or null. */
export function userOf({ attempt }: PassingTraffic): string | null {
  const { identity } = attempt.client;
  return identity.kind === 'basic' ? identity.user : null;
}

/** The rules by which traffic passes, each as `policy/id`. */
export function rulesOf({ ground }: PassingTraffic): readonly string[] {
  return ground.kind === 'rules' ? ground.rules.map(({ policy, id }) => `${policy}/${id}`) : [];
}

function wouldDenyOf({ ground, wouldDeny }: PassingTraffic): string | null {
  if (ground.kind === 'observed') return ground.wouldDeny.reason;
  return wouldDeny === 'none' ? null : wouldDeny.reason;
}
