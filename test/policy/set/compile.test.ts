import test from 'ava';
import { document, name } from '../samples.js';
import { compile, type Slice } from '../../../lib/policy/index.js';

type Kind = Slice['kind'];

function ofKind<K extends Kind>(slices: readonly Slice[], kind: K): readonly Extract<Slice, { kind: K }>[] {
  return slices.filter((slice): slice is Extract<Slice, { kind: K }> => slice.kind === kind);
}

test('a compiled set is plain data: what arrives in another thread is what was sent', (t) => {
  const compiled = compile(
    [
      document({
        allow: [
          { to: ['api.example', '*.web.example', '10.0.0.0/8', 'fd00::/8'], resolvesTo: ['10.0.0.0/8'] },
          {
            to: ['ssh.example'],
            protocol: 'ssh',
            hostKeys: [`@cert-authority SHA256:${'A'.repeat(43)}`],
            mode: 'observe',
          },
        ],
        deny: [{ to: ['169.254.169.254'] }],
      }),
    ],
    'r',
  );
  t.deepEqual(structuredClone(compiled), compiled);
});

test('slices come in the order in which they are assembled, and even an empty set has the first', (t) => {
  const full = compile(
    [document({ networks: ['10.0.0.0/8'], allow: [{ to: ['a.example'] }], deny: [{ to: ['b.example'] }] })],
    'r',
  );
  t.deepEqual(
    full.map(({ kind }) => kind),
    ['start', 'policies', 'lists', 'rules', 'denies'],
  );
  t.deepEqual(
    compile([], 'r').map(({ kind }) => kind),
    ['start'],
  );
});

test('no slice is much larger than another: many rules make many slices, a rule with many names a separate one', (t) => {
  const small = Array.from({ length: 1_000 }, (_, index) => ({ to: [`a${index}.example`] }));
  const big = { to: Array.from({ length: 5_000 }, (_, index) => `b${index}.example`) };
  const rules = ofKind(compile([document({ allow: [...small, big, { to: ['c.example'] }] })], 'r'), 'rules');
  t.is(rules.flatMap(({ rows }) => rows).length, 1_002);
  t.true(rules.every(({ rows }) => rows.length > 0 && rows.length <= 200));
  t.deepEqual(
    rules.filter(({ rows }) => rows.some(({ to }) => to.names.length > 1_000)).map(({ rows }) => rows.length),
    [1],
  );
});

test('rules with equal terms and requirements share one value, and many pins weigh', (t) => {
  const plain = ['a.example', 'b.example'].map((to) => ({ to: [to] }));
  const pins = Array.from({ length: 3_000 }, (_, index) => index.toString(16).toUpperCase().padStart(40, '0'));
  const pinned = { to: ['c.example'], protocol: 'tentacle', thumbprints: pins, serverNames: ['d.example'] } as const;
  const slices = ofKind(compile([document({ allow: [...plain, pinned] })], 'r'), 'rules');
  t.deepEqual(
    slices.map(({ rows }) => rows.length),
    [2, 1],
  );
  const [first, second, third] = slices.flatMap(({ rows }) => rows);
  t.is(first?.traffic, second?.traffic);
  t.is(first?.terms, second?.terms);
  t.deepEqual(third?.traffic, {
    ...{ serverNames: [{ kind: 'name', name: name('d.example') }], thumbprints: pins, clientThumbprints: [] },
    ...{ hostKeys: [], unverifiable: 'probe', observes: false },
  });
});

test('equal lists of ranges share a number, others do not', (t) => {
  const rules = ['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8'].map((range) => ({
    to: ['a.example'],
    resolvesTo: [range],
  }));
  const compiled = compile([document({ networks: ['10.1.0.0/16'], allow: [...rules, { to: ['10.0.0.0/8'] }] })], 'r');
  const rows = ofKind(compiled, 'rules').flatMap((slice) => slice.rows);
  const [first, second, third, fourth] = rows;
  t.is(first?.resolvesTo, third?.resolvesTo);
  t.is(first?.resolvesTo, fourth?.to.ranges);
  t.not(first?.resolvesTo, second?.resolvesTo);
  t.is(
    ofKind(compiled, 'policies')[0]?.rows[0]?.networks,
    second?.resolvesTo === 'none' ? 'every' : second?.resolvesTo,
  );
  t.deepEqual(
    ofKind(compiled, 'lists').flatMap((slice) => slice.rows),
    ['10.1.0.0/16', '10.0.0.0/8'],
  );
});

test('law 6: files and rules are put in order by file and line', (t) => {
  const files = [
    document({
      name: 'b',
      allow: [
        { id: 'b20', line: 20, to: ['a.example'] },
        { id: 'b10', line: 10, to: ['a.example'] },
      ],
    }),
    document({ name: 'a', allow: [{ id: 'a10', line: 10, to: ['a.example'] }] }),
  ];
  const rows = ofKind(compile(files, 'r'), 'rules').flatMap((slice) => slice.rows);
  t.deepEqual(
    rows.map(({ id, policy }) => [id, policy]),
    [
      ['a10', 0],
      ['b10', 1],
      ['b20', 1],
    ],
  );
  t.deepEqual(compile(files.toReversed(), 'r'), compile(files, 'r'));
});
