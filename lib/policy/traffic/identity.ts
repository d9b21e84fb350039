import type { Probe, Shown } from '../../attempt/index.js';
import type { Unverifiable } from '../language/index.js';
import type { Check, Finding, Outcome, Sight, TrafficReason } from './finding.js';

/** A pinned end of a tunnel: what it showed, and how to hold that against the pins. */
export interface Pinned<T> {
  readonly fact: Exclude<Check['fact'], 'server_name'>;
  readonly mismatch: TrafficReason;
  /** The pins as text; none: every identity passes. */
  readonly expected: readonly string[];
  readonly shown: Shown<T>;
  readonly unverifiable: Unverifiable;
  /** What to think of an identity that was only claimed, and of an end that showed none. */
  readonly claimed: 'verified' | 'not_visible';
  readonly absent: 'mismatch' | 'not_visible';
  readonly textOf: (identity: T) => string;
  readonly listed: (identity: T) => boolean;
  /** More about an identity, for people. */
  readonly about: (identity: T) => string;
}

/** Holds what one end of a tunnel showed itself to be against a rule's pins (law 11: verified, mismatch, not visible). */
export function holdIdentity<T>(pinned: Pinned<T>, { stage }: Sight): Finding {
  const { fact, expected, shown, unverifiable } = pinned;
  const outcome = expected.length === 0 ? 'not_checked' : outcomeOf(pinned, stage);
  const seen = 'identity' in shown ? pinned.textOf(shown.identity) : 'none';
  const check = { fact, expected, seen, outcome, detail: detailOf(pinned) };
  if (outcome === 'mismatch') return { check, failed: pinned.mismatch };
  const unseen = outcome === 'not_visible' && unverifiable !== 'allow';
  return { check, failed: unseen ? 'identity_not_visible' : 'none' };
}

function outcomeOf<T>({ shown, listed, claimed, absent }: Pinned<T>, stage: Sight['stage']): Outcome {
  switch (shown.kind) {
    case 'proven':
      return listed(shown.identity) ? 'verified' : 'mismatch';
    case 'probed':
      return listed(shown.identity) ? 'probed' : 'mismatch';
    case 'claimed':
      return listed(shown.identity) ? claimed : 'mismatch';
    case 'forged':
      return 'mismatch';
    case 'hidden':
      return 'not_visible';
    case 'absent':
      return absent;
    case 'broken':
      return 'not_visible';
    case 'not_reached':
      return stage === 'so_far' ? 'not_checked' : 'not_visible';
  }
}

const hiding = {
  tls_1_3: 'TLS 1.3 hides certificates',
  resumed: 'a resumed session shows no certificate',
  unknown_key_exchange: 'the method of key exchange is not known',
} as const satisfies Record<Extract<Shown<never>, { kind: 'hidden' }>['why'], string>;

function detailOf<T>({ shown, about, claimed }: Pinned<T>): string {
  switch (shown.kind) {
    case 'proven':
    case 'probed':
      return about(shown.identity);
    case 'forged':
      return `the key of what was shown did not make the signature; ${about(shown.identity)}`;
    case 'claimed':
      return `${about(shown.identity)}${claimed === 'verified' ? '' : '; nothing on the wire proves it'}${probeText(shown.probe)}`;
    case 'hidden':
      return `${hiding[shown.why]}${probeText(shown.probe)}`;
    case 'absent':
      return 'no certificate was shown';
    case 'broken':
      return 'it did not go on as the protocol has it';
    case 'not_reached':
      return 'not looked at';
  }
}

function probeText(probe: Probe): string {
  return probe === 'not_made' ? '' : `; an own handshake proved nothing: ${probe.failed}`;
}
