import { filesFor } from '../../../app/facts/index.js';
import { unsafeFlags } from '../../../app/instance/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('node');
const files = findingsOf('files');

/** The version of Node, its flags and environment. */
export interface NodeFacts {
  /** As `process.version` has it. */
  readonly version: string;
  /** The supported versions, as package.json writes them. */
  readonly madeFor: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Checks Node: its version, and flags that would make tidegate unsafe. It is the Node that the doctor itself runs on. */
export function checkNode({ version, madeFor, arguments: given, env }: NodeFacts): readonly Finding[] {
  const options = env['NODE_OPTIONS'] ?? '';
  const foreign = [...given, ...options.split(/\s+/)].filter((flag) => LOADS_CODE.test(flag));
  return [
    isMadeFor(version, madeFor)
      ? ok(`Node ${version}`)
      : problem(`Node ${version} is not supported`, `install one of ${madeFor}`),
    unsafeFlags(given, options).map((flag) => {
      const words = `unsafe flag of Node, with which tidegate does not start: ${flag}`;
      return problem(words, 'remove it from NODE_OPTIONS and the service');
    }),
    foreign.length === 0
      ? []
      : warning(`Node loads code of others: ${foreign.join(' ')}`, 'remove it from NODE_OPTIONS unless you know it'),
    env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
      ? problem(
          'NODE_TLS_REJECT_UNAUTHORIZED is 0: Node accepts any certificate',
          'unset it; set tls.ca of the sink or anchor for a private authority',
        )
      : [],
  ].flat();
}

const LOADS_CODE = /^(-r|--require|--import|--loader|--experimental-loader)(=|$)/;

/** Whether a version is in a list such as `^20.19 || >=24.12`: `^` keeps the first number, `>=` does not. */
function isMadeFor(version: string, madeFor: string): boolean {
  const [major, minor] = numbersIn(version);
  return madeFor.split('||').some((range) => {
    const [wantedMajor, wantedMinor] = numbersIn(range);
    if (major === wantedMajor) return minor >= wantedMinor;
    return range.includes('>=') && major > wantedMajor;
  });
}

function numbersIn(text: string): readonly [major: number, minor: number] {
  const [, major = '0', minor = '0'] = /(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

/** Checks whether as many files may be open as the connections need: a tunnel takes two. */
export function checkFiles(
  { config, status }: Installation,
  openFiles: (pid: number | 'self') => number | 'unknown',
): Finding {
  const runs = status.kind === 'status';
  const whose = runs ? `process ${status.status.pid}` : 'this shell';
  const limit = openFiles(runs ? status.status.pid : 'self');
  const connections = runs ? status.status.connections.limit : config['limits.connections'];
  if (limit === 'unknown') return files.skipped(`the limit of open files of ${whose} cannot be read here`);
  const { needed, possible } = filesFor(connections, limit);
  const words = `${whose} may open ${limit} files, and ${connections} connections take up to ${needed}`;
  if (possible >= connections) return files.ok(words);
  return files.warning(words, 'raise the limit (LimitNOFILE= in systemd, ulimit -n), or lower limits.connections');
}
