import type { CheckContent, CloseContent } from '../audit/index.js';
import { yamlEntry } from '../text/index.js';

/** What a rule would have to list so that what an attempt showed is pinned. */
export interface PinProposal {
  readonly fact: string;
  /** The rule and its place. */
  readonly rule: NonNullable<CloseContent['judged_by']>;
  /** The key of the rule, such as `host-keys`. */
  readonly key: string;
  /** What was seen, in the form that the key takes. */
  readonly seen: string;
  /** What the rule lists now, as far as the record holds it. */
  readonly listed: readonly string[];
  /** How many more the rule lists than {@link listed} holds: the record keeps no more. */
  readonly unlisted: number;
  /** `instead`: the rule lists something else than what was seen. Somebody must make sure before it is added. */
  readonly kind: 'first' | 'instead';
  /** A line for the rule, ready to paste. */
  readonly yaml: string;
}

interface Pin {
  readonly key: string;
  readonly form: RegExp;
  readonly shown: 'server_shown' | 'client_shown';
}

const THUMBPRINT = /^[0-9A-F]{40}$/i;
const HOST_KEY = /^(@cert-authority )?(SHA256:[A-Za-z0-9+/]{43}|MD5:[0-9a-f]{2}(:[0-9a-f]{2}){15})$/;

const PINS: ReadonlyMap<string, Pin> = new Map([
  ['thumbprint', { key: 'thumbprints', form: THUMBPRINT, shown: 'server_shown' }],
  ['client_thumbprint', { key: 'client-thumbprints', form: THUMBPRINT, shown: 'client_shown' }],
  ['host_key', { key: 'host-keys', form: HOST_KEY, shown: 'server_shown' }],
]);

/**
 * Proposes pins for what an attempt showed and its rule does not list. Nothing is proposed for what was already listed,
 * for what was shown with a forged signature, or where no rule came near.
 */
export function proposePins(close: CloseContent): readonly PinProposal[] {
  const { checks, judged_by: rule = null } = close;
  if (rule === null) return [];
  return (checks ?? []).flatMap((check) => {
    const pin = PINS.get(check.fact);
    return pin === undefined || close[pin.shown] === 'forged' ? [] : proposalOf(check, pin, rule, close);
  });
}

function proposalOf(
  { fact, seen, outcome, expected, expected_count: count }: CheckContent,
  { key, form }: Pin,
  rule: PinProposal['rule'],
  close: CloseContent,
): readonly PinProposal[] {
  const unpinned = outcome === 'not_checked' || outcome === 'mismatch';
  // A record is data: what is not a pin is not made into a line for a policy file.
  if (!unpinned || seen === null || !form.test(seen) || expected.includes(seen)) return [];
  const listed = expected.filter((text) => form.test(text));
  const unlisted = Math.max(0, count - listed.length);
  const type = fact === 'host_key' ? (close.host_key_type ?? '') : '';
  const notes = [
    /^[!-~]+$/.test(type) ? type : '', // A server chose the text.
    unlisted === 0 ? '' : `and the ${unlisted} others that the rule lists`,
  ].filter((note) => note !== '');
  const kind = count === 0 ? 'first' : 'instead';
  const yaml = `    ${yamlEntry(key, [...listed, seen], notes.join(', '))}`;
  return [{ fact, rule, key, seen, listed, unlisted, kind, yaml }];
}
