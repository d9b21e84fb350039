import test from 'ava';
import type { CloseRecord, DecisionRecord } from '../../../lib/audit/index.js';
import { readFilter, type FilterTexts } from '../../../lib/review/index.js';
import { endMatches, matches } from '../../../lib/review/filter/index.js';
import {
  DECISION,
  HOST_KEY_CHECK,
  LINUX,
  METADATA,
  THUMBPRINT_CHECK,
  address,
  destination,
} from '../../audit/samples.js';
import { DENIED, after, decided, ended } from '../decisions.js';

const NOW = after(3600_000);

const OBSERVED: DecisionRecord['verdict'] = {
  kind: 'allowed',
  rules: [],
  protocol: 'any',
  wouldDeny: { reason: 'port_not_allowed', nearest: [] },
};

/** Whether a decision, like the sample but for the changes, is found by what is asked. */
function finds(asked: FilterTexts, changes: Partial<DecisionRecord> = {}): boolean {
  const read = readFilter(asked, NOW);
  if (read.kind !== 'filter') throw new Error(JSON.stringify(read.problems));
  const content = decided(changes);
  return matches(read.filter, content, JSON.stringify(content)).startsWith('yes');
}

/** What can be told of an allowed attempt at its decision, and then at its end. */
function findsEnd(asked: FilterTexts, changes: Partial<CloseRecord>, verdict = DECISION.verdict): string {
  const read = readFilter(asked, NOW);
  if (read.kind !== 'filter') throw new Error(JSON.stringify(read.problems));
  const content = decided({ verdict });
  const first = matches(read.filter, content, JSON.stringify(content));
  if (first === 'yes' || first === 'no') return first;
  return `then ${endMatches(read.filter, content, ended(changes)) ? 'yes' : 'no'}`;
}

test('asking for nothing in particular finds everything', (t) => {
  t.true(finds({}));
  t.true(finds({ wouldDeny: false }, { intent: 'unparsed', destination: 'unparsed' }));
});

test('since is inclusive, until is not', (t) => {
  const at = DECISION.receivedAt.toISOString();
  t.true(finds({ since: at }));
  t.false(finds({ until: at }));
  t.true(finds({ since: '1h', until: '59m' }));
  t.false(finds({ since: '59m' }));
  t.true(finds({ since: '2026-11-23', until: '2026-11-24' }));
  t.false(finds({ until: '2026-11-23T10:20' }));
});

test('a user is found by the whole name', (t) => {
  t.true(finds({ user: 'spaces-1.production' }));
  t.false(finds({ user: 'spaces-1' }));
  t.false(finds({ user: 'spaces-1.production' }, { client: { ...DECISION.client, identity: { kind: 'network' } } }));
});

test('a client is found by address and by range', (t) => {
  t.true(finds({ client: '10.20.0.5' }));
  t.true(finds({ client: '10.20.0.0/24' }));
  t.false(finds({ client: '10.20.1.0/24' }));
  t.false(finds({ client: '::/0' }));
});

test('a destination is found by name, in any case, and with its port', (t) => {
  t.true(finds({ destination: 'ANY.nuget.org' }));
  t.true(finds({ destination: 'any.nuget.org:443' }));
  t.false(finds({ destination: 'any.nuget.org:80' }));
  t.false(finds({ destination: 'nuget.org' }));
  t.true(finds({ port: '443' }));
  t.false(finds({ port: '80' }));
  t.false(finds({ destination: 'any.nuget.org' }, { destination: 'unparsed', intent: 'unparsed' }));
});

test('*.d finds what is under d, not d (A12)', (t) => {
  t.true(finds({ destination: '*.nuget.org' }));
  t.true(finds({ destination: '*.org' }));
  t.false(finds({ destination: '*.any.nuget.org' }));
  t.false(finds({ destination: '*.nuget.org' }, { destination: destination('10.0.0.1:443') }));
});

test('an address or a range also finds names that were resolved into it', (t) => {
  t.true(finds({ destination: '93.184.216.34' }));
  t.true(finds({ destination: '93.184.216.34:443' }));
  t.true(finds({ destination: '93.184.0.0/16' }));
  t.false(finds({ destination: '10.0.0.0/8' }));
  t.true(
    finds({ destination: '2001:db8::/32' }, { destination: destination('[2001:db8::5]:22'), resolved: 'not_reached' }),
  );
  t.true(
    finds(
      { destination: '10.0.0.0/8' },
      { resolved: { addresses: [address('10.1.1.1')], aliases: 'not_visible', dropped: [] } },
    ),
  );
});

test('verdict, reason, rule and policy are found as written in the record', (t) => {
  t.true(finds({ verdict: 'allowed' }));
  t.true(finds({ verdict: 'denied', reason: 'destination_not_allowed' }, { verdict: DENIED }));
  t.false(finds({ reason: 'port_not_allowed' }, { verdict: DENIED }));
  t.true(finds({ rule: 'feeds' }));
  t.true(finds({ rule: 'production/feeds' }));
  t.true(finds({ rule: 'feeds', policy: 'production' }));
  t.true(finds({ policy: 'production' }));
  t.false(finds({ rule: 'web/feeds' }));
  t.false(finds({ rule: 'feeds', policy: 'web' }));
  t.false(finds({ rule: 'feeds' }, { verdict: DENIED }));
});

test('a rule is found where it is one of several that hold, and its policy only together with it', (t) => {
  const [first] = DECISION.verdict.kind === 'allowed' ? DECISION.verdict.rules : [];
  const verdict: DecisionRecord['verdict'] = {
    kind: 'allowed',
    rules: [first ?? METADATA, METADATA],
    protocol: 'tls',
    wouldDeny: 'none',
  };
  t.true(finds({ rule: 'metadata' }, { verdict }));
  t.true(finds({ policy: 'baseline' }, { verdict }));
  t.false(finds({ rule: 'metadata', policy: 'production' }, { verdict }));
});

test('what would be denied is found by itself and by its reason', (t) => {
  t.true(finds({ wouldDeny: true }, { verdict: OBSERVED }));
  t.true(finds({ reason: 'port_not_allowed' }, { verdict: OBSERVED }));
  t.false(finds({ wouldDeny: true }));
  t.false(finds({ wouldDeny: true }, { verdict: DENIED }));
});

test('text is found anywhere in the record, in any case', (t) => {
  t.true(finds({ text: 'NuGet' }));
  t.true(finds({ text: 'production.yaml' }));
  t.false(finds({ text: 'chocolatey' }));
});

test('what came of a check, and of which fact, is reported at the end', (t) => {
  const checks = [HOST_KEY_CHECK, THUMBPRINT_CHECK];
  const judged = { rule: LINUX, checks, wouldDeny: 'none' } as const;
  t.is(findsEnd({ outcome: 'mismatch' }, { judged }), 'then yes');
  t.is(findsEnd({ fact: 'thumbprint' }, { judged }), 'then yes');
  t.is(findsEnd({ outcome: 'verified', fact: 'thumbprint' }, { judged }), 'then yes');
  t.is(findsEnd({ outcome: 'mismatch', fact: 'thumbprint' }, { judged }), 'then no', 'both are asked of one check');
  t.is(findsEnd({ outcome: 'probed' }, { judged }), 'then no');
  t.is(findsEnd({ outcome: 'mismatch' }, { judged: 'not_reached' }), 'then no');
  t.is(findsEnd({ outcome: 'mismatch' }, { judged }, DENIED), 'no', 'what was denied has no end');
  t.is(findsEnd({ outcome: 'mismatch', port: '80' }, { judged }), 'no');
});

test('a reason, and what would be denied, may be reported at the end', (t) => {
  const judged = { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'host_key_mismatch' } as const;
  t.is(findsEnd({ reason: 'host_key_mismatch' }, { endedBy: 'host_key_mismatch' }), 'then yes');
  t.is(findsEnd({ reason: 'host_key_mismatch' }, { judged }), 'then yes');
  t.is(findsEnd({ reason: 'connection_refused' }, { endedBy: 'connection_refused' }), 'then yes');
  t.is(findsEnd({ reason: 'host_key_mismatch' }, {}), 'then no');
  t.is(findsEnd({ wouldDeny: true }, { judged }), 'then yes');
  t.is(findsEnd({ wouldDeny: true }, {}), 'then no');
  t.is(findsEnd({ reason: 'rule_holds' }, {}), 'then yes');
});

const CUT = { verdict: 'denied', reason: 'host_key_mismatch', endedBy: 'host_key_mismatch' } as const;

test('a verdict and a reason are the final ones, and a decision alone says what they are so far', (t) => {
  t.is(findsEnd({ verdict: 'denied' }, CUT), 'then yes');
  t.is(findsEnd({ verdict: 'allowed' }, CUT), 'then no');
  t.is(findsEnd({ verdict: 'allowed' }, {}), 'then yes');
  t.is(findsEnd({ reason: 'rule_holds' }, CUT), 'then no');
  t.true(finds({ verdict: 'allowed' }));
  t.false(finds({ verdict: 'failed' }));
  t.is(findsEnd({ verdict: 'allowed' }, CUT, DENIED), 'no', 'a denial at the decision is final');
});
