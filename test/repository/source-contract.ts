import type { ExecutionContext } from 'ava';
import { revisionOf, type PolicySource, type SourceContent } from '../../lib/repository/policy-source.js';

/** A source of policy files that a test can change. */
export interface TestedSource {
  readonly source: PolicySource;
  /** Replaces the files of the source. */
  readonly put: (files: Readonly<Record<string, string>>) => Promise<void>;
  /** Makes the source unreadable. */
  readonly fail: () => Promise<void>;
}

/** What every source of policy files must do, whatever it is. `make` gives a source with these files. */
export async function meetsContract(
  t: ExecutionContext,
  make: (files: Readonly<Record<string, string>>) => Promise<TestedSource>,
): Promise<void> {
  const { source, put, fail } = await make({ 'b.yaml': 'two', 'a.yaml': 'one', 'a.test.yaml': 'case' });
  const contentOf = async (): Promise<SourceContent> => {
    const content = await source.read();
    if (content.kind === 'failed') throw new Error(content.problem.message);
    return content;
  };
  const first = await contentOf();
  t.deepEqual(
    first.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [
      ['a.test.yaml', 'case'],
      ['a.yaml', 'one'],
      ['b.yaml', 'two'],
    ],
    'files with names and bytes, in order',
  );
  t.is(first.revision, revisionOf(first.files), 'the revision names the content');
  t.true(source.name.length > 0 && first.origin.length > 0);
  t.is((await contentOf()).revision, first.revision, 'the same content has the same revision');
  t.is(await source.check(), 'unchanged');

  let notified = 0;
  const changed = new Promise<void>((settle) => {
    source.watch(async () => {
      notified += 1;
      if ((await source.check()) === 'changed') settle();
    });
  });
  // A source does not keep a process alive by itself.
  const alive = setInterval(() => undefined, 1_000);
  await put({ 'a.yaml': 'three' });
  await changed;
  clearInterval(alive);
  const second = await contentOf();
  t.deepEqual(
    second.files.map(({ name }) => name),
    ['a.yaml'],
  );
  t.not(second.revision, first.revision);
  t.is(await source.check(), 'unchanged', 'a change is reported until it is read');

  await fail();
  t.like(await source.read(), { kind: 'failed', problem: { severity: 'error', code: 'unreadable' } });
  await source.close();
  const before = notified;
  await put({ 'a.yaml': 'four' });
  await new Promise((settle) => setTimeout(settle, 100));
  t.is(notified, before, 'a closed source notifies no more');
}
