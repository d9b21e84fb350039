import test from 'ava';
import fc from 'fast-check';
import type { DecisionContent } from '../../../lib/audit/index.js';
import { parseAddress, parseHost, parseRange, type IpRange } from '../../../lib/address/index.js';
import type { Filter } from '../../../lib/review/index.js';
import { endMatches, previewLine, matches, mayMatch } from '../../../lib/review/filter/index.js';
import { closes, decisions } from '../../audit/arbitraries.js';
import { close, decision, idOf, makeJournal } from '../journals.js';
import { readJournal } from '../../../lib/journal/index.js';
import { after, decided, ended } from '../decisions.js';

test('the prefilter finds the kind of a line and its attempt', async (t) => {
  const journal = await makeJournal();
  try {
    const progress = { kind: 'progress', id: idOf(1), bytesOut: 0, bytesIn: 0, durationMs: 0 } as const;
    await journal.write(decision(1), progress, close(1), {
      kind: 'stop',
      cause: 'SIGTERM',
      openAttempts: 0,
      missingEnds: 0,
    });
    const seen: string[] = [];
    for await (const { bytes } of readJournal(journal.directory)) {
      const { kind, attempt, text } = previewLine(bytes);
      seen.push(`${kind} ${attempt === '' ? '-' : String(attempt === idOf(1))}`);
      if (kind !== 'decision') continue;
      t.true(mayMatch({ since: after(1000).toISOString(), until: after(1001).toISOString() })(text, ''));
      t.false(mayMatch({ since: after(1001).toISOString() })(text, ''));
      t.false(mayMatch({ until: after(1000).toISOString() })(text, ''));
    }
    t.deepEqual(seen, ['other -', 'other -', 'decision true', 'progress true', 'close true', 'stop -']);
  } finally {
    await journal.remove();
  }
});

test('bytes that are not a line are of no kind', (t) => {
  for (const text of ['', '\n', '{"k":"decision', '{"k":"decisions"}', '{"v":1}']) {
    t.deepEqual(previewLine(Buffer.from(text)), { kind: 'other', attempt: '', text });
  }
  t.false(mayMatch({ since: after(0).toISOString() })('{}', ''));
});

test('what a full reading finds, the prefilter lets through, even about hostile texts', (t) => {
  fc.assert(
    fc.property(decisions, fc.constantFrom(...Object.values(askFor)), (record, ask) => {
      const content = decided(record);
      const line = JSON.stringify(content).replace(/[^ -~]/g, escapeUnit); // as the journal writes it
      const filter = ask(content);
      return matches(filter, content, line).startsWith('yes') && mayMatch(filter)(line, '');
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('what a full reading of an end finds, a prefilter of it lets through, and one of the decision alone too', (t) => {
  const asked: Filter[] = [
    ...['mismatch', 'not_checked'].map((outcome) => ({ outcome })),
    { fact: 'host_key' },
    { fact: 'thumbprint', outcome: 'verified' },
    { wouldDeny: true },
    ...(['allowed', 'denied', 'failed'] as const).map((verdict) => ({ verdict })),
    ...['thumbprint_mismatch', 'traffic_not_allowed', 'client', 'rule_holds'].map((reason) => ({ reason })),
  ];
  const found = new Set<string>();
  fc.assert(
    fc.property(decisions, closes, fc.constantFrom(...asked), (record, ending, filter) => {
      const content = decided(record);
      const line = JSON.stringify(content).replace(/[^ -~]/g, escapeUnit);
      const last = ended(ending);
      const end = JSON.stringify(last).replace(/[^ -~]/g, escapeUnit);
      const first = matches(filter, content, line);
      if (first === 'no' || (first !== 'yes' && !endMatches(filter, content, last))) return true;
      found.add(`${JSON.stringify(filter)} ${first}`);
      return mayMatch(filter)(line, end) && mayMatch(filter)(line, 'unknown');
    }),
    { numRuns: 3000 },
  );
  t.true(found.size >= asked.length, [...found].join(' '));
});

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Filters that a decision must match, field by field. */
const askFor: Readonly<Record<string, (content: DecisionContent) => Filter>> = {
  since: ({ received }) => ({ since: received }),
  until: () => ({ until: '9999-12-31T23:59:59.999Z' }),
  user: ({ client }) => (client.user === null ? {} : { user: client.user }),
  port: ({ destination }) => (destination === null ? {} : { port: destination.port }),
  destination: ({ destination }) =>
    destination === null ? {} : { destination: { kind: 'host', host: destination.host } },
  verdict: ({ verdict }) => ({ verdict }),
  reason: ({ reason }) => ({ reason }),
  wouldDeny: ({ would_deny }) => (would_deny === 'none' ? {} : { wouldDeny: true, reason: would_deny }),
  rule: ({ rule, other_rules: [other] }) => (rule === null ? {} : { rule: other ?? rule.id }),
  wholeRule: ({ rule }) => (rule === null ? {} : { rule: `${rule.policy}/${rule.id}` }),
  otherPolicy: ({ other_rules: [other = '/'] }) =>
    other === '/' ? {} : { policy: other.slice(0, other.indexOf('/')) },
  otherId: ({ other_rules: [other = '/'] }) => (other === '/' ? {} : { rule: other.slice(other.indexOf('/') + 1) }),
  client: ({ client }) => ({ client: rangeAround(client.ip) }),
  range: ({ destination, resolved }) => {
    if (destination === null) return {};
    const address = resolved?.at(-1) ?? destination.host;
    return parseAddress(address).kind === 'malformed'
      ? {}
      : { destination: { kind: 'range', range: rangeAround(address) } };
  },
  under: ({ destination }) => {
    const host = parseHost(destination?.host.split('.').slice(1).join('.') ?? '');
    if (host.kind === 'malformed' || host.value.kind === 'address') return {};
    return { destination: { kind: 'under', suffix: host.value.name } };
  },
  text: ({ method }) => (method === null ? {} : { text: method.toLowerCase() }),
  literal: ({ destination }) =>
    destination?.host.includes(':') === true
      ? { destination: { kind: 'range', range: rangeAround(destination.host) } }
      : {},
  policy: ({ rule }) => (rule === null ? {} : { policy: rule.policy }),
};

function rangeAround(text: string): IpRange {
  const range = parseRange(text);
  if (range.kind !== 'parsed') throw new Error(`no address: ${text}`);
  return range.value;
}
