import { copyFile, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { folderOf } from '../cli/command.js';
import type { Folder } from '../fixtures/folder.js';
import { type Ran, run } from '../fixtures/program.js';

const HOME = fileURLToPath(new URL('../../../', import.meta.url));
const BUILDING = 'tidegate: building, which takes up to a minute\n';

interface Project extends Folder {
  readonly build: (...args: readonly string[]) => Promise<Ran>;
  readonly built: (name: string) => Promise<string>;
}

/** A project of three sources, with this project's program that builds. */
async function project(t: ExecutionContext): Promise<Project> {
  const folder = await folderOf(t, {
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        ...{ module: 'NodeNext', rootDir: '.', outDir: 'build', types: [], strict: true, incremental: true },
        ...{ target: 'ES2023', lib: ['ES2023'], tsBuildInfoFile: 'build/.tsbuildinfo' },
      },
      include: ['lib/**/*.ts', 'test/**/*.ts'],
    }),
    'package.json': '{"type": "module", "devDependencies": {"typescript": "1"}}',
    'lib/cli/index.ts': "export { answer } from '../answer.js';\n",
    'lib/answer.ts': 'export const answer: number = 42;\n',
    'test/answer.test.ts': "import { answer } from '../lib/answer.js';\nanswer.toFixed();\n",
  });
  await mkdir(join(folder.path, 'bin'));
  for (const name of ['bin/build', 'bin/package.json']) await copyFile(join(HOME, name), join(folder.path, name));
  await symlink(join(HOME, 'node_modules'), join(folder.path, 'node_modules'));
  return {
    ...folder,
    build: (...args) => run(process.execPath, ['bin/build', ...args], { cwd: folder.path }),
    built: (name) => readFile(join(folder.path, 'build', name), 'utf8'),
  };
}

test.serial('what is built is not built again, and building says so', async (t) => {
  const { build, built, write } = await project(t);
  t.deepEqual(await build(), { code: 0, stdout: '', stderr: BUILDING });
  t.regex(await built('lib/answer.js'), /42/);
  t.deepEqual(await build(), { code: 0, stdout: '', stderr: '' });
  await write('lib/answer.ts', 'export const answer: number = 43;\n');
  t.like(await build(), { code: 0, stderr: BUILDING });
  t.regex(await built('lib/answer.js'), /43/);
});

test.serial(
  'a running instance keeps its files: the same text is not written again, and errors change nothing',
  async (t) => {
    const { build, built, write, path } = await project(t);
    await build();
    const same = async (): Promise<readonly number[]> => {
      const { ino, mtimeMs } = await stat(join(path, 'build', 'lib', 'cli', 'index.js'));
      return [ino, mtimeMs];
    };
    const before = await same();
    t.is((await build('--clean')).code, 0);
    await write('lib/answer.ts', 'export const answer: number = 43;\n');
    t.is((await build('--clean')).code, 0);
    t.deepEqual(await same(), before);
    await write('lib/answer.ts', "export const answer: number = 'no number';\n");
    const failed = await build('--clean');
    t.is(failed.code, 1);
    t.regex(failed.stderr, /lib\/answer\.ts\(1,14\): error TS2322/);
    t.regex(failed.stderr, /the sources have errors; what was built before is unchanged/);
    t.regex(await built('lib/answer.js'), /43/);
    t.is((await build()).code, 1, 'it is not taken for built');
  },
);

test.serial('a clean build compiles everything and leaves nothing that has no source', async (t) => {
  const { build, built, write, path } = await project(t);
  await build();
  await write('build/test/gone.test.js', 'process.exit(1);\n');
  await write('build/lib/gone.js', '');
  await write('build/interop/gone.dll', '');
  await write('build/lib/answer.js', 'export const answer = 0;\n');
  await rm(join(path, 'test', 'answer.test.ts'));
  t.is((await build('--clean')).code, 0);
  t.regex(await built('lib/answer.js'), /42/);
  for (const name of ['test/gone.test.js', 'lib/gone.js', 'interop/gone.dll', 'test/answer.test.js']) {
    await t.throwsAsync(stat(join(path, 'build', name)), { code: 'ENOENT' }, name);
  }
});

test.serial('an installed package has no sources, and needs no compiler', async (t) => {
  const { build, path } = await project(t);
  await build();
  for (const name of ['lib', 'test', 'tsconfig.json', 'node_modules']) await rm(join(path, name), { recursive: true });
  t.deepEqual(await build(), { code: 0, stdout: '', stderr: '' });
});

test.serial('sources that were built need no compiler; others say that it is missing', async (t) => {
  const { build, write, path } = await project(t);
  await build();
  await rm(join(path, 'node_modules'));
  t.is((await build()).code, 0);
  await write('lib/answer.ts', 'export const answer: number = 44;\n');
  const failed = await build();
  t.is(failed.code, 1);
  t.regex(failed.stderr, /the compiler is not installed\n {2}run npm install/);
});
