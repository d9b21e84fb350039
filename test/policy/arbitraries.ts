import fc from 'fast-check';
import type { Attempt, Certificate, HostKey, Observation, Probe, Shown } from '../../lib/attempt/index.js';
import { connect, document, forward, noon, ssh, tls, type DenySketch, type RuleSketch } from './samples.js';
import type { PolicyDocument } from '../../lib/policy/index.js';

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

const thumbprints = ['A', 'B'].map((digit) => digit.repeat(40));
const fingerprints = ['A', 'E'].map((letter) => `SHA256:${letter.repeat(43)}`);
const hashes = ['aa', 'ee'].map((byte) => `MD5:${Array.from({ length: 16 }, () => byte).join(':')}`);
const pins = [...fingerprints, ...hashes, ...fingerprints.map((text) => `@cert-authority ${text}`)];

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
    serverNames: some([...names, '*.example'], 2),
    thumbprints: some(thumbprints),
    clientThumbprints: some(thumbprints),
    hostKeys: some(pins),
    unverifiable: fc.constantFrom('allow', 'deny', 'probe'),
    mode: fc.constantFrom('enforce', 'observe'),
  },
  { requiredKeys: ['to', 'protocol', 'ports'] },
);

/** A rule that holds often. */
const wideRules: fc.Arbitrary<RuleSketch> = fc.record({
  to: patterns,
  protocol: fc.constantFrom('any', 'tls'),
  ports: fc.constant(['1-65535']),
});

/** A rule that lets tunnels through if its pins are met. */
const pinningRules: fc.Arbitrary<RuleSketch> = fc.record(
  {
    to: patterns,
    protocol: fc.constantFrom('tentacle', 'ssh'),
    ports: fc.constant(['1-65535']),
    thumbprints: some(thumbprints),
    clientThumbprints: some(thumbprints),
    hostKeys: some(pins),
    unverifiable: fc.constantFrom('allow', 'deny', 'probe'),
    mode: fc.constantFrom('enforce', 'observe'),
  },
  { requiredKeys: ['to', 'protocol', 'ports'] },
);

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
    allow: fc.array(fc.oneof(rules, wideRules, { weight: 2, arbitrary: pinningRules }), { maxLength: 8, size: 'max' }),
    deny: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(denies, { minLength: 1, maxLength: 2 })),
    users: fc.constantFrom(['u1'], ['u1', 'u2'], 'anonymous' as const),
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

/** Files whose rules all lead to the one host that is asked for, by name or address: whether it passes is up to traffic. */
export const tunnelled: fc.Arbitrary<{ readonly files: readonly PolicyDocument[]; readonly attempt: Attempt }> = fc
  .record({
    allow: fc.array(fc.oneof(rules, wideRules, { weight: 6, arbitrary: pinningRules }), { minLength: 1, maxLength: 3 }),
    mode: fc.constantFrom('enforce', 'enforce', 'observe'),
    host: fc.constantFrom('a.example', '10.1.2.3'),
  })
  .map(({ allow, mode, host }) => ({
    files: [document({ mode, allow: allow.map((rule) => ({ ...rule, to: ['a.example', '10.1.2.3'], ports: [443] })) })],
    attempt: connect(`${host}:443`),
  }));

function shown<T>(identity: fc.Arbitrary<T>): fc.Arbitrary<Shown<T>> {
  const probe = fc.constantFrom<Probe>('not_made', { failed: 'timeout' });
  const known = fc.record({ kind: fc.constantFrom('proven' as const, 'probed' as const, 'forged' as const), identity });
  return fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('claimed' as const), identity, probe }) },
    fc.record({
      kind: fc.constant('hidden' as const),
      why: fc.constantFrom('tls_1_3' as const, 'resumed' as const),
      probe,
    }),
    fc.record({ kind: fc.constantFrom('absent' as const, 'not_reached' as const) }),
  );
}

const certificates: fc.Arbitrary<Certificate> = fc
  .constantFrom(...thumbprints)
  .map((thumbprint) => ({ thumbprint, notBefore: 0, notAfter: 4e12 }));

const DAY = 24 * 60 * 60 * 1000;
const hostKeys: fc.Arbitrary<HostKey> = fc.record({
  type: fc.constant('ssh-ed25519'),
  sha256: fc.constantFrom(...fingerprints),
  md5: fc.constantFrom(...hashes),
  certificate: fc.oneof(
    fc.constant('none' as const),
    fc.record({
      authority: fc
        .constantFrom(...fingerprints)
        .map((sha256) => ({ type: 'ssh-ed25519', sha256, md5: `${sha256} in MD5` })),
      principals: fc.subarray([...names, '10.1.2.3', '93.184.216.34']),
      notBefore: fc.constantFrom(0, noon.getTime(), noon.getTime() + DAY / 4),
      notAfter: fc.constantFrom(noon.getTime(), noon.getTime() + DAY / 3, Infinity),
      holds: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  ),
});

/** What a tunnel turns out to carry, before it is known what was asked for. */
export interface Traffic {
  readonly protocol: 'tls' | 'ssh' | 'unknown' | 'silent' | 'not_checked';
  readonly serverName: string;
  readonly server: Shown<Certificate>;
  readonly client: Shown<Certificate>;
  readonly hostKey: Shown<HostKey>;
}

/** What goes through a tunnel. The server name is often that of the host which was asked for (`own`). */
export const traffic: fc.Arbitrary<Traffic> = fc.record({
  protocol: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('tls', 'ssh') },
    fc.constantFrom('unknown', 'silent', 'not_checked'),
  ),
  serverName: fc.oneof({ weight: 4, arbitrary: fc.constant('own') }, fc.constantFrom('none', ...names)),
  server: shown(certificates),
  client: shown(certificates),
  hostKey: shown(hostKeys),
});

/** What is seen of an attempt: its request, or what its tunnel carries. */
export function seenOf({ intent, destination: { host } }: Attempt, carried: Traffic): Observation {
  if (intent.kind === 'forward') return { protocol: 'http', method: intent.method, path: intent.path };
  const { protocol, serverName, server, client, hostKey } = carried;
  if (protocol === 'ssh') return ssh(hostKey);
  if (protocol !== 'tls') return { protocol };
  const own = host.kind === 'name' ? host.name : 'none';
  return tls(serverName === 'own' ? own : serverName, { server, client });
}
