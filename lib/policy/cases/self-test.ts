import { parseAddress, parseAuthority, parsePort, type IpAddress, type Parsed } from '../../address/index.js';
import type { Client } from '../../attempt/index.js';
import { wholeFileProblem, type Problem } from '../../text/index.js';
import { admit } from '../judge/index.js';
import type { PolicyDocument } from '../language/index.js';
import type { PolicySet } from '../set/index.js';

/**
 * Judges a name that no policy can mean, for a client of each policy and for one that no policy names. A set that lets it
 * through by a rule, or by observing where nothing observes, must not come into force. `probe` is a label that cannot be
 * predicted; `.invalid` never exists (RFC 6761 §6.4).
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
    { file: 'the policy set', client: clientFrom(undefined, undefined) },
    ...documents.map((one) => ({ file: one.file, client: clientOf(one) })),
  ].flatMap(({ file, client }) => {
    const receivedAt = noon(today);
    const attempt = { id: 'self-test', receivedAt, client, destination, intent: { kind: 'tunnel' } } as const;
    const verdict = admit(set, attempt, receivedAt);
    if (verdict.kind === 'denied' || (verdict.ground.kind === 'observed' && observing)) return [];
    const by = verdict.ground.kind === 'rules' ? `rule "${verdict.ground.rules[0].id}"` : 'observe mode';
    const message = `self-test: a random name under .invalid is let through by ${by}`;
    return [wholeFileProblem(file, 'self_test', message, 'no rule may cover .invalid')];
  });
}

const someAddress = sound(parseAddress('192.0.2.1'));
const somePort = sound(parsePort('49152'));

/** A client. Left out: an address of the documentation range (RFC 5737), which no policy names; no user. */
export function clientFrom(ip: IpAddress | undefined, user: string | undefined): Client {
  const identity = user === undefined ? ({ kind: 'network' } as const) : ({ kind: 'basic', user } as const);
  return { ip: ip ?? someAddress, port: somePort, identity };
}

function clientOf({ clients: { users, networks } }: PolicyDocument): Client {
  const [user] = typeof users === 'string' ? [] : users;
  const [network] = networks === 'every' ? [] : networks;
  return clientFrom(network && sound(parseAddress(network.text.replace(/\/.*/, ''))), user);
}

/** The middle of a day `YYYY-MM-DD`, UTC. */
export function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

function sound<T>(parsed: Parsed<T>): T {
  if (parsed.kind === 'malformed') throw new Error(parsed.detail);
  return parsed.value;
}
