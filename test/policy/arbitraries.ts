import fc from 'fast-check';
import type { Attempt } from '../../lib/attempt/index.js';
import type { PolicyDocument } from '../../lib/policy/index.js';
import { connect, document, forward, noon } from './samples.js';
import type { DenySketch, RuleSketch } from './samples.js';

/*
 * A small world, so that rules and attempts meet often: a dozen hosts, some patterns that cover them, two users, three days.
 */
const names = ['example', 'a.example', 'b.a.example', 'xa.example', 'c.test', 'x.c.test', 'x.y.c.test'];
const literals = [
  '10.1.2.3',
  '10.2.0.1',
  '93.184.216.34',
  '8.8.8.8',
  '[2600::1]',
  '[fd00::1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::808:808]',
];
const ranges = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.3/32',
  '93.184.216.0/24',
  '8.8.0.0/16',
  '0.0.0.0/0',
  '2600::/16',
  'fd00::/8',
  '::ffff:0:0/96',
  '64:ff9b::/96',
];
const suffixes = ['*.example', '*.a.example', '*.test', '*.c.test', '*.y.c.test'];
const paths = ['/a', '/a/b', '/b', '/a/../b', '/a//b', '/a%2fb', '/a%20b'];

function some(from: readonly string[], maxLength = 3): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength });
}

const patterns = some([...names, ...suffixes, ...ranges]);

/** One allow rule; keys are left out as a writer leaves them out. */
export const rules: fc.Arbitrary<RuleSketch> = fc.record(
  {
    to: patterns,
    protocol: fc.constantFrom('http', 'tls', 'tentacle', 'ssh', 'any'),
    ports: fc.constantFrom([443], [80], ['1-65535'], [22, '400-500'], [8443]),
    except: some([...names, ...suffixes, ...ranges], 2),
    resolvesTo: some(ranges),
    methods: fc.constantFrom(['GET'], ['POST', 'PUT']),
    paths: some(['/a', '/a*', '/b', '/*'], 2),
    expires: fc.constantFrom('2026-06-14', '2026-06-15', '2026-06-16'),
  },
  { requiredKeys: ['to', 'protocol', 'ports'] },
);

/** A rule that holds often. */
const wideRules: fc.Arbitrary<RuleSketch> = fc.record({
  to: patterns,
  protocol: fc.constantFrom('any', 'any', 'tls'),
  ports: fc.constant(['1-65535']),
});

/** One deny entry. The range of all addresses is left to the rules, or little would pass. */
export const denies: fc.Arbitrary<DenySketch> = fc.record(
  {
    to: some([...names, ...suffixes, ...ranges.filter((range) => range !== '0.0.0.0/0')], 2),
    ports: fc.constantFrom([443], [22, 80]),
  },
  { requiredKeys: ['to'] },
);

const sketches = fc.record(
  {
    mode: fc.constantFrom('enforce', 'observe'),
    allow: fc.array(fc.oneof(rules, { weight: 3, arbitrary: wideRules }), { maxLength: 8, size: 'max' }),
    deny: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(denies, { minLength: 1, maxLength: 2 })),
    users: fc.constantFrom(['u1'], ['u1', 'u2']),
    networks: fc.constantFrom(['198.51.100.0/24', '203.0.113.0/25'], ['0.0.0.0/0'], ['2600::/16']),
  },
  { requiredKeys: ['mode', 'allow', 'deny'] },
);

/** Up to four policy files, each with its own name; often all in the same mode, since one that enforces ends observing. */
export const documents: fc.Arbitrary<PolicyDocument[]> = fc
  .tuple(fc.array(sketches, { maxLength: 4, size: 'max' }), fc.constantFrom('enforce', 'observe', 'mixed'))
  .map(([files, modes]) =>
    files.map((sketch, index) => {
      const mode = modes === 'mixed' ? sketch.mode : modes;
      return document({ ...sketch, mode, name: `file-${index + 1}` });
    }),
  );

/** One try to get out, a tunnel or a request. */
export const attempts: fc.Arbitrary<Attempt> = fc
  .record({
    host: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.constantFrom(...literals) },
    ),
    port: fc.constantFrom(22, 80, 443, 8443),
    client: fc.record(
      {
        from: fc.constantFrom('198.51.100.7', '203.0.113.5', '203.0.113.200', '2600::7'),
        user: fc.constantFrom('u1', 'u2', 'u3'),
      },
      { requiredKeys: ['from'] },
    ),
    request: fc.option(
      fc.record({ method: fc.constantFrom('GET', 'POST', 'DELETE'), path: fc.constantFrom(...paths) }),
    ),
  })
  .map(({ host, port, client, request }) =>
    request === null
      ? connect(`${host}:${port}`, client)
      : forward(request.method, `${host}:${port}`, request.path, client),
  );

/** The rules' middle day, its last moment, and the first moment of the next. */
export const moments: fc.Arbitrary<Date> = fc.constantFrom(
  noon,
  new Date('2026-06-15T23:59:59.999Z'),
  new Date('2026-06-16T00:00:00Z'),
);

/** What DNS answers: one to three addresses. */
export const answers: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.constantFrom(...literals.map((text) => text.replace(/[[\]]/g, ''))),
  { minLength: 1, maxLength: 3 },
);
