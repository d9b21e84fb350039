import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { encode, type CloseRecord } from '../../lib/audit/index.js';
import { closes, decisions, records } from './arbitraries.js';
import { CLOSE, DECISION, FEEDS, SAMPLES } from './samples.js';

const golden = new URL('../../../test/audit/records.golden', import.meta.url);

/** A line of ASCII, escaped the way the journal must. */
function asciiLine(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, '\\u0000');
}

test('every kind of record and verdict is written as the golden file shows', (t) => {
  const written = Object.entries(SAMPLES)
    .map(([sentence, record]) => {
      const { kind, content } = encode(record);
      return `# ${sentence}\n${kind} ${JSON.stringify(content, undefined, 1).replace(/\n */g, ' ')}\n`;
    })
    .join('\n');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, written);
  t.is(written, readFileSync(golden, 'utf8'));
});

test('no query string reaches a record, even where a caller hands one in (law 10, L2)', (t) => {
  const secret = 's3cr3t-t0ken';
  const planted = fc.constantFrom(`/feed?key=${secret}`, `/feed#${secret}`, `?${secret}`);
  fc.assert(
    fc.property(decisions, closes, planted, (decision, close, path) => {
      const asked = encode({ ...decision, recordPath: true, intent: { kind: 'forward', method: 'GET', path } });
      const seen = encode({ ...close, observation: { protocol: 'http', method: 'GET', path } });
      return !JSON.stringify([asked, seen]).includes(secret);
    }),
  );
  t.pass();
});

test('a path is recorded only where a rule looks at paths', (t) => {
  const intent = { kind: 'forward', method: 'GET', path: '/private/report' } as const;
  t.false(JSON.stringify(encode({ ...DECISION, intent, recordPath: false })).includes('private'));
  t.true(JSON.stringify(encode({ ...DECISION, intent, recordPath: true })).includes('"/private/report"'));
});

test('a user name that was not verified stands as its keyed hash only', (t) => {
  const client = { ...DECISION.client, identity: { kind: 'network' } } as const;
  const { content } = encode({ ...DECISION, client, claimedUserHash: 'k1:9b2f' });
  t.like(content, { client: { identity: 'unverified', user: null, user_hash: 'k1:9b2f' } });
});

test('what was not looked at, not seen and not reached are distinguished (law 11)', (t) => {
  const seen = (observation: CloseRecord['observation']): unknown => {
    const { content } = encode({ ...CLOSE, observation });
    return 'seen' in content ? content.seen : undefined;
  };
  const ways = ['not_checked', 'silent', 'unknown'] as const;
  t.deepEqual([...ways.map((protocol) => seen({ protocol })), seen('not_reached')], [...ways, 'not_reached']);

  const nothingAsked = encode({ ...DECISION, resolved: 'not_reached' }).content;
  t.like(nothingAsked, { resolved: null, aliases: null, dropped: null });
  const hidden = encode({ ...DECISION, resolved: { addresses: [], aliases: 'not_visible', dropped: [] } }).content;
  t.like(hidden, { resolved: [], aliases: null, dropped: [] });

  t.like(encode({ ...CLOSE, bytesOut: 0, bytesIn: 'not_visible' }).content, { bytes_out: 0, bytes_in: null });
});

test('whatever a compiled rule carries, a record holds its four names', (t) => {
  const compiled = { ...FEEDS, protocol: 'tls', readsPaths: true, secret: 'inside' } as const;
  const { content } = encode({
    ...DECISION,
    verdict: { kind: 'allowed', rules: [compiled], protocol: 'tls', wouldDeny: 'none' },
  });
  t.like(content, { rule: FEEDS });
  t.false(JSON.stringify(content).includes('inside'));
});

test('the longest record leaves room in an 8 KiB line, however hostile its texts (L1)', (t) => {
  fc.assert(
    fc.property(records, (record) => asciiLine(encode(record).content).length <= 7600),
    { numRuns: 500 },
  );
  t.pass();
});
