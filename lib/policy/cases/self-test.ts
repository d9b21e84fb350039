import { parseAddress, parseAuthority, parsePort, type Parsed } from '../../address/index.js';
import type { Client } from '../../attempt/index.js';
import type { Problem } from '../../text/index.js';
import { admit } from '../judge/index.js';
import type { PolicyDocument } from '../language/index.js';
import type { PolicySet } from '../set/index.js';

/**
 * Judges a name that no policy can mean, once for a client of each policy and once for a client that no policy names.
 * A set that lets it through by a rule, or by observing where nothing observes, does not do what it says: it must not come
 * into force. `probe` is a label that cannot be predicted; `.invalid` never exists (RFC 6761 §6.4).
 */
export function selfTest(
  set: PolicySet,
  documents: readonly PolicyDocument[],
  probe: string,
  today: string,
): readonly Problem[] {
  const destination = sound(parseAuthority(`${probe}.invalid:443`));
  const observing = documents.some(({ mode }) => mode === 'observe');
  return [
    { file: 'the policy set', client: anonymousClient },
    ...documents.map((one) => ({ file: one.file, client: clientOf(one) })),
  ].flatMap(({ file, client }) => {
    const receivedAt = noon(today);
    const attempt = { id: 'self-test', receivedAt, client, destination, intent: { kind: 'tunnel' } } as const;
    const verdict = admit(set, attempt, receivedAt);
    if (verdict.kind === 'denied' || (verdict.ground.kind === 'observed' && observing)) return [];
    const by = verdict.ground.kind === 'rules' ? `rule "${verdict.ground.rules[0].id}"` : 'observe mode';
    const message = `self-test: a random name under .invalid is let through by ${by}`;
    const hint = 'no rule may cover .invalid';
    return [{ severity: 'error', code: 'self_test', file, position: 'whole_file', message, hint } as const];
  });
}

/** A client of the documentation range (RFC 5737) that no policy means by name. */
export const anonymousClient: Client = {
  ip: sound(parseAddress('192.0.2.1')),
  port: sound(parsePort('49152')),
  identity: { kind: 'network' },
};

function clientOf({ clients: { users, networks } }: PolicyDocument): Client {
  const [user] = users === 'every' ? [] : users;
  const [network] = networks === 'every' ? [] : networks;
  return {
    ...anonymousClient,
    ...(user === undefined ? {} : { identity: { kind: 'basic', user } }),
    ...(network === undefined ? {} : { ip: sound(parseAddress(network.text.replace(/\/.*/, ''))) }),
  };
}

/** The middle of a day `YYYY-MM-DD`, UTC. */
export function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

function sound<T>(parsed: Parsed<T>): T {
  if (parsed.kind === 'malformed') throw new Error(parsed.detail);
  return parsed.value;
}
