import type { Probe, Shown } from '../../attempt/index.js';
import type { Unverifiable } from '../language/index.js';
import type { Check, Finding, Outcome, TrafficContext } from './finding.js';

/** A pinned end of a tunnel: what it showed, and how to check that against the pins. */
export interface PinnedIdentity<T> {
  readonly fact: Exclude<Check['fact'], 'server_name'>;
  /** The pins as text; none: every identity passes. */
  readonly expected: readonly string[];
  readonly shown: Shown<T>;
  readonly unverifiable: Unverifiable;
  /** The result for an identity that was only claimed, and for an end that showed none. */
  readonly claimed: 'verified' | 'not_visible';
  readonly absent: 'mismatch' | 'not_visible';
  readonly textOf: (identity: T) => string;
  readonly listed: (identity: T) => boolean;
  /** More about an identity, for people. */
  readonly about: (identity: T) => string;
}

/** Checks the identity that one end of a tunnel showed against a rule's pins (law 11: verified, mismatch, not visible). */
export function checkIdentity<T>(pinned: PinnedIdentity<T>, { stage }: TrafficContext): Finding {
  const { fact, expected, shown, unverifiable } = pinned;
  const outcome = expected.length === 0 ? 'not_checked' : outcomeOf(pinned, stage);
  const seen = 'identity' in shown ? pinned.textOf(shown.identity) : 'none';
  const check = { fact, expected, seen, outcome, detail: detailOf(pinned) };
  if (outcome === 'mismatch') return { check, failed: `${fact}_mismatch` };
  const unseen = outcome === 'not_visible' && unverifiable !== 'allow';
  return { check, failed: unseen ? 'identity_not_visible' : 'none' };
}

function outcomeOf<T>({ shown, listed, claimed, absent }: PinnedIdentity<T>, stage: TrafficContext['stage']): Outcome {
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
    case 'broken':
      return 'not_visible';
    case 'absent':
      return absent;
    case 'not_reached':
      return stage === 'so_far' ? 'not_checked' : 'not_visible';
  }
}

const hiding = {
  tls_1_3: 'TLS 1.3 hides certificates',
  resumed: 'a resumed session shows no certificate',
  unknown_key_exchange: 'unknown key exchange method',
} as const satisfies Record<Extract<Shown<never>, { kind: 'hidden' }>['why'], string>;

function detailOf<T>({ shown, about, claimed }: PinnedIdentity<T>): string {
  switch (shown.kind) {
    case 'proven':
    case 'probed':
      return about(shown.identity);
    case 'forged':
      return `the signature is not of the key shown; ${about(shown.identity)}`;
    case 'claimed':
      return `${about(shown.identity)}${claimed === 'verified' ? '' : '; the connection does not prove it'}${probeText(shown.probe)}`;
    case 'hidden':
      return `${hiding[shown.why]}${probeText(shown.probe)}`;
    case 'absent':
      return 'no certificate was shown';
    case 'broken':
      return 'protocol violation during the handshake';
    case 'not_reached':
      return 'not inspected';
  }
}

function probeText(probe: Probe): string {
  return probe === 'not_made' ? '' : `; the probe failed: ${probe.failed}`;
}
