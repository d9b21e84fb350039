import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import {
  folderSource,
  openRepository,
  type Adoption,
  type Rejection,
  type Repository,
  type RepositoryOptions,
} from '../../lib/repository/index.js';

function policyOf(host: string, mode = 'enforce'): string {
  return `policy: p\nmode: ${mode}\nallow:\n  - {id: ${host.replaceAll('.', '-')}, to: [${host}], protocol: tls}\n`;
}

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-repository-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

interface Watched {
  readonly repository: Repository;
  readonly adoptions: Adoption[];
  readonly rejections: Rejection[];
}

async function opened(
  t: ExecutionContext,
  path: string,
  options: Partial<RepositoryOptions> = {},
  pace: Parameters<typeof folderSource>[1] = {},
): Promise<Watched> {
  const adoptions: Adoption[] = [];
  const rejections: Rejection[] = [];
  const repository = await openRepository({
    source: folderSource(path, { pollMs: 20, ...pace }),
    onAdopted: (adoption) => adoptions.push(adoption),
    onRejected: (rejection) => rejections.push(rejection),
    ...options,
  });
  if (repository.kind === 'not_loaded') throw new Error(repository.problems.map(({ message }) => message).join('; '));
  t.teardown(() => repository.close());
  return { repository, adoptions, rejections };
}

async function until(t: ExecutionContext, what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 10) {
    if (waited > 60_000) return t.fail('did not happen within a minute');
    await pause(10);
  }
}

test('a changed file comes into force by itself, and its listener is called once', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions, rejections } = await opened(t, path);
  const before = repository.current();
  writeFileSync(join(path, 'p.yaml'), policyOf('b.example.com'));
  await until(t, () => repository.current() !== before);
  t.not(repository.current().revision, before.revision);
  t.like(repository.status(), { revision: repository.current().revision, rules: 1, rejected: 'none', folder: path });
  await pause(100);
  t.deepEqual(
    adoptions.map(({ previous, set }) => [previous, set.revision]),
    [[before.revision, repository.current().revision]],
  );
  t.deepEqual(rejections, []);
});

test('a file replaced by rename, a file added and a file removed come into force', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository } = await opened(t, path);
  writeFileSync(join(path, '.p.yaml.new'), policyOf('b.example.com', 'observe'));
  renameSync(join(path, '.p.yaml.new'), join(path, 'p.yaml'));
  await until(t, () => repository.status().policies[0]?.mode === 'observe');
  writeFileSync(join(path, 'q.yaml'), policyOf('c.example.com').replace('policy: p', 'policy: q'));
  await until(t, () => repository.current().ruleCount === 2);
  rmSync(join(path, 'p.yaml'));
  await until(t, () => repository.current().ruleCount === 1);
  t.is(repository.status().policies[0]?.name, 'q');
});

test('a swapped link comes into force whole: the folder itself, and ..data of a mounted ConfigMap', async (t) => {
  const base = folder({});
  for (const [name, host] of [
    ['one', 'a.example.com'],
    ['two', 'b.example.com'],
  ] as const) {
    mkdirSync(join(base, name));
    writeFileSync(join(base, name, 'p.yaml'), policyOf(host));
    writeFileSync(join(base, name, 'g.yaml'), `groups: {g: [${host}]}\n`);
  }
  symlinkSync('one', join(base, 'current'));
  const mounted = folder({});
  for (const name of ['one', 'two']) cpSync(join(base, name), join(mounted, `..${name}`), { recursive: true });
  symlinkSync('..one', join(mounted, '..data'));
  for (const name of ['p.yaml', 'g.yaml']) symlinkSync(join('..data', name), join(mounted, name));
  for (const [path, link, target] of [
    [join(base, 'current'), join(base, 'current'), 'two'],
    [mounted, join(mounted, '..data'), '..two'],
  ] as const) {
    const { repository, adoptions } = await opened(t, path);
    symlinkSync(target, `${link}.next`);
    renameSync(`${link}.next`, link);
    await until(t, () => adoptions.length > 0);
    t.is(adoptions.length, 1);
    t.is(repository.status().rejected, 'none');
  }
});

test('a broken change leaves the last good set in force, is reported once, and the next good change comes into force (law 1)', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions, rejections } = await opened(t, path);
  const good = repository.current();
  writeFileSync(join(path, 'p.yaml'), policyOf('a.example.com').slice(0, -10));
  await until(t, () => rejections.length > 0);
  t.is(repository.current(), good);
  const { rejected } = repository.status();
  t.true(
    rejected !== 'none' &&
      rejected.why === 'policies_refused' &&
      rejected.problems.length > 0 &&
      rejected.revision !== good.revision,
  );
  await pause(200);
  t.is(rejections.length, 1);
  writeFileSync(join(path, 'p.yaml'), policyOf('b.example.com'));
  await until(t, () => adoptions.length > 0);
  t.is(repository.status().rejected, 'none');
  t.not(repository.current(), good);
});

test('a refused change that is taken back leaves no trace, and is reported as adopted again', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions, rejections } = await opened(t, path);
  const { revision, adoptedAt } = repository.status();
  writeFileSync(join(path, 'q.yaml'), 'policy: [');
  await until(t, () => rejections.length > 0);
  rmSync(join(path, 'q.yaml'));
  await until(t, () => adoptions.length > 0);
  t.like(adoptions[0], { previous: revision });
  t.like(repository.status(), { revision, adoptedAt, rejected: 'none' });
});

test('a change whose cases fail is refused (law 1)', async (t) => {
  const path = folder({
    'p.yaml': policyOf('a.example.com'),
    'p.test.yaml': "- {connect: 'a.example.com:443', expect: allow}\n",
  });
  const { repository, rejections } = await opened(t, path);
  t.is(repository.status().cases, 1);
  writeFileSync(join(path, 'p.yaml'), policyOf('b.example.com'));
  await until(t, () => rejections.length > 0);
  t.is(rejections[0]?.problems[0]?.code, 'case_failed');
  t.is(repository.status().policies[0]?.rules, 1);
});

test('a folder that vanishes leaves the last good set in force, and its return is noticed (law 1)', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions, rejections } = await opened(t, path);
  const good = repository.current();
  renameSync(path, `${path}.away`);
  await until(t, () => rejections.length > 0);
  t.is(repository.current(), good);
  t.is(rejections[0]?.why, 'folder_unreadable');
  await pause(200);
  t.is(rejections.length, 1);
  renameSync(`${path}.away`, path);
  await until(t, () => adoptions.length > 0);
  t.is(repository.status().rejected, 'none');
});

test('an emptied folder leaves the last good set in force, and the return of its files is noticed (law 1)', async (t) => {
  const cases = "- {connect: 'a.example.com:443', expect: allow}\n";
  for (const left of [
    {},
    { 'p.test.yaml': cases.replace('allow', 'deny') },
    { 'g.yaml': 'groups: {g: [a.example]}\n' },
  ]) {
    const path = folder({ 'p.yaml': policyOf('a.example.com') });
    const { repository, adoptions, rejections } = await opened(t, path);
    const good = repository.current();
    for (const [name, text] of Object.entries(left)) writeFileSync(join(path, name), text);
    rmSync(join(path, 'p.yaml'));
    await until(t, () => rejections.some(({ why }) => why === 'folder_emptied'));
    t.is(repository.current(), good);
    const { rejected } = repository.status();
    t.deepEqual(rejected !== 'none' && rejected.problems.map(({ code, severity }) => [code, severity]), [
      ['no_policies', 'error'],
    ]);
    for (const name of Object.keys(left)) rmSync(join(path, name));
    writeFileSync(join(path, 'p.yaml'), policyOf('b.example.com'));
    await until(t, () => adoptions.some(({ set }) => set.revision !== good.revision && set.policies.length === 1));
    t.is(repository.status().rejected, 'none');
  }
});

test('a folder that was empty at the start denies everything until there is a policy (A15)', async (t) => {
  const path = folder({});
  const { repository, adoptions, rejections } = await opened(t, path);
  t.deepEqual(
    repository.status().warnings.map(({ code }) => code),
    ['no_policies'],
  );
  writeFileSync(join(path, 'g.yaml'), 'groups: {g: [a.example]}\n');
  await until(t, () => adoptions.length > 0);
  t.is(repository.current().policies.length, 0);
  writeFileSync(join(path, 'p.yaml'), policyOf('a.example.com'));
  await until(t, () => repository.current().policies.length === 1);
  t.deepEqual(rejections, []);
});

test('a policy that has deny entries only is a policy, and comes into force', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, rejections } = await opened(t, path);
  writeFileSync(join(path, 'p.yaml'), 'policy: p\ndeny: [{id: d, to: [a.example], reason: closed}]\n');
  await until(t, () => repository.current().ruleCount === 0);
  t.deepEqual(rejections, []);
});

test('a huge file is refused like any other change', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, rejections } = await opened(t, path);
  const good = repository.current();
  writeFileSync(join(path, 'q.yaml'), '['.repeat(4 * 1024 * 1024));
  await until(t, () => rejections.length > 0);
  t.deepEqual(
    rejections[0]?.problems.map(({ code }) => code),
    ['too_large'],
  );
  t.is(repository.current(), good);
});

test('nothing opens where there is nothing good to begin with: no folder, or a broken one', async (t) => {
  const missing = await openRepository({ source: folderSource(join(folder({}), 'none')) });
  t.like(missing, { kind: 'not_loaded', why: 'folder_unreadable' });
  const broken = await openRepository({ source: folderSource(folder({ 'p.yaml': 'policy: p\nallow: []\n' })) });
  t.like(broken, { kind: 'not_loaded', why: 'policies_refused' });
});

test('a file that is written slowly in place never weakens what is in force', async (t) => {
  const deny = 'deny:\n  - {id: d, to: [a.example.com], reason: no}\n';
  const whole = policyOf('a.example.com') + deny;
  const path = folder({ 'p.yaml': whole });
  const { repository, adoptions } = await opened(t, path);
  for (let round = 0; round < 3; round += 1) {
    writeFileSync(join(path, 'p.yaml'), `# round ${round}\n${policyOf('a.example.com')}`);
    await pause(40);
    writeFileSync(join(path, 'p.yaml'), `# round ${round}\n${whole}`);
    await until(t, () => adoptions.length === round + 1);
  }
  t.true(adoptions.every(({ set }) => set.policies[0]?.denies === 1));
  t.is(repository.status().policies[0]?.denies, 1);
});

test('refresh looks at once, and after close nothing changes any more', async (t) => {
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions } = await opened(t, path, {}, { pollMs: 3_600_000 });
  writeFileSync(join(path, 'p.yaml'), policyOf('b.example.com'));
  await repository.refresh();
  t.is(adoptions.length, 1);
  await repository.close();
  await repository.close();
  t.is(repository.status().revision, adoptions[0]?.set.revision ?? '');
});

test('content counts, not how files look: a change that the fingerprint hides is found by reading', async (t) => {
  let now = new Date('2026-11-23T12:00:00Z');
  const path = folder({ 'p.yaml': policyOf('a.example.com') });
  const { repository, adoptions } = await opened(t, path, { now: () => now }, { now: () => now });
  const checked = repository.status().checkedAt;
  now = new Date('2026-11-23T12:00:29Z');
  await until(t, () => repository.status().checkedAt > checked);
  now = new Date('2026-11-23T12:01:00Z');
  await until(t, () => repository.status().checkedAt >= now);
  t.deepEqual(adoptions, []);
});

test('what a look at the folder throws is reported, and is not the end of looking', async (t) => {
  const path = folder({ 'a.yaml': policyOf('a.example') });
  const faults: unknown[] = [];
  let throwing = true;
  const { repository } = await opened(t, path, {
    onAdopted: () => {
      if (throwing) throw new Error('a fault of whoever is told');
    },
    onFault: (error) => faults.push(error),
  });
  const first = repository.current().revision;
  writeFileSync(join(path, 'a.yaml'), policyOf('b.example'));
  while (faults.length === 0) await pause(10);
  const second = repository.current().revision;
  t.not(second, first);
  throwing = false;
  writeFileSync(join(path, 'a.yaml'), policyOf('c.example'));
  while (repository.current().revision === second) await pause(10);
  t.is(faults.length, 1);
});
