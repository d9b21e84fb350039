import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orHung, until } from '../fixtures/waiting.js';

const SOURCES = fileURLToPath(new URL('../../../test/interop/dotnet/', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../../interop/', import.meta.url));

/** Building waits for a package registry and for every processor that tests use; more than this is no building. */
const BUILD_MS = 240_000;

/** The .NET programs of the folder `dotnet/`, and the project file of each. */
const PROJECTS = { clients: 'clients/Clients.csproj', halibut: 'halibut/Halibut.Ends.csproj' } as const;

/** A program that `dotnet` can run, or what the compiler had to say. */
export type Build =
  { readonly kind: 'built'; readonly program: string } | { readonly kind: 'failed'; readonly said: string };

/**
 * Builds one of the .NET programs into the build folder, once: test files that run beside each other wait for the first
 * of them, and one that is built from these very sources already is taken as it is.
 *
 * `assembly` is a library to take instead of its package, see the project file.
 */
export async function build(project: keyof typeof PROJECTS, assembly: string | 'none' = 'none'): Promise<Build> {
  mkdirSync(OUTPUT, { recursive: true });
  const marker = join(OUTPUT, `${project}.built`);
  const wanted = stateOf(project, assembly);
  const name = PROJECTS[project].replace(/^.*\/|\.csproj$/g, '');
  const built = { kind: 'built', program: join(OUTPUT, name, `${name}.dll`) } as const;
  const release = await lock(join(OUTPUT, `${project}.lock`));
  try {
    if (textOf(marker) === wanted) return built;
    rmSync(marker, { force: true });
    const property = assembly === 'none' ? [] : [`-p:HalibutAssembly=${assembly}`];
    const { code, said } = await compile(join(SOURCES, PROJECTS[project]), `-p:InteropOutput=${OUTPUT}`, ...property);
    if (code !== 0) return { kind: 'failed', said };
    writeFileSync(marker, wanted);
    return built;
  } finally {
    release();
  }
}

/** Leaves no compiler or build server running behind. */
async function compile(...args: readonly string[]): Promise<{ code: number | string; said: string }> {
  const quiet = ['--nologo', '-v', 'quiet', '-nodeReuse:false', '-p:UseSharedCompilation=false'];
  const child = spawn('dotnet', ['build', ...quiet, ...args], {
    env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_CLI_USE_MSBUILD_SERVER: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const code = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  try {
    return { code: await orHung(code, () => `dotnet build does not end; said ${said}`, BUILD_MS), said };
  } finally {
    child.kill('SIGKILL');
  }
}

/** What a program is made of: every source file, and the assembly it takes. */
function stateOf(project: string, assembly: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(cs|csproj|props)$/.test(name),
  );
  for (const name of files.sort()) {
    if (!name.includes('/') || name.startsWith(project) || name.startsWith('shared')) {
      hash.update(`${name}\n`).update(readFileSync(join(SOURCES, name)));
    }
  }
  if (assembly !== 'none') hash.update(`${assembly} ${statSync(assembly).mtimeMs}`);
  return hash.digest('hex');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'not there';
  }
}

/** Waits until no other process holds the lock, and gives what releases it. One that its process left behind is taken over. */
async function lock(file: string): Promise<() => void> {
  await until(
    () => take(file),
    () => `another process is building; if none is, remove ${file}`,
    BUILD_MS,
  );
  return () => rmSync(file, { force: true });
}

function take(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(textOf(file));
    if (owner > 0 && !isRunning(owner)) {
      renameSync(file, mine); // only one of those that wait can do this
      rmSync(mine, { force: true });
    }
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
