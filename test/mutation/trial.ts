import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a run of tests ended. */
export type Outcome = 'passed' | 'failed' | 'timed_out';

/** A copy of the compiled project, in which single files are replaced and tests are run. */
export interface Trial {
  /** Runs tests (`test/a/b.test.ts`) with `path` (`lib/a/b.ts`) replaced by the given JavaScript. */
  readonly run: (path: string, script: string, tests: readonly string[], timeoutMs: number) => Promise<Outcome>;
  /** Runs tests with nothing replaced. */
  readonly runUnchanged: (tests: readonly string[], timeoutMs: number) => Promise<Outcome>;
  readonly remove: () => void;
}

/** Copies build/ of `project` to a temporary folder, with links to everything else that tests read. */
export function makeTrial(project: string): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-mutation-'));
  for (const name of readdirSync(project))
    if (name !== 'build' && name !== '.git') symlinkSync(join(project, name), join(folder, name));
  cpSync(join(project, 'build'), join(folder, 'build'), { recursive: true });
  const compiled = (path: string): string => join('build', path.replace(/\.ts$/, '.js'));
  const runUnchanged: Trial['runUnchanged'] = (tests, timeoutMs) => {
    const files = tests.map(compiled).filter((path) => existsSync(join(folder, path)));
    return files.length === 0 ? Promise.resolve('passed') : runAva(folder, files, timeoutMs);
  };
  return {
    run: async (path, script, tests, timeoutMs) => {
      writeFileSync(join(folder, compiled(path)), script);
      try {
        return await runUnchanged(tests, timeoutMs);
      } finally {
        cpSync(join(project, compiled(path)), join(folder, compiled(path)));
      }
    },
    runUnchanged,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function runAva(folder: string, files: readonly string[], timeoutMs: number): Promise<Outcome> {
  const program = join(folder, 'node_modules', '.bin', 'ava');
  // A process group of its own, so that an endless loop in a worker ends with it.
  const child = spawn(
    process.execPath,
    [program, '--fail-fast', '--concurrency=1', `--timeout=${timeoutMs}ms`, ...files],
    {
      cwd: folder,
      detached: true,
      stdio: 'ignore',
    },
  );
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.once('error', () => {
      resolve('failed');
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(isLate ? 'timed_out' : code === 0 ? 'passed' : 'failed');
    });
  });
}
