import { randomBytes } from 'node:crypto';
import {
  assembleAtOnce,
  checkCases,
  compile,
  isCaseFile,
  readPolicies,
  selfTest,
  type CompiledPolicies,
  type PolicySet,
  type Problem,
} from '../policy/index.js';
import { decodeSource, wholeFileProblem } from '../text/index.js';
import type { PolicySource, SourceContent, SourceFailure } from './policy-source.js';

/** Policies that passed every check, or why they may not come into force. */
export type Loading = Loaded | NotLoaded;

/** Policies that may come into force. `compiled` is for handing them to another thread, `set` for use in this one. */
export interface Loaded {
  readonly kind: 'loaded';
  readonly revision: string;
  readonly compiled: CompiledPolicies;
  readonly set: PolicySet;
  readonly warnings: readonly Problem[];
  readonly cases: number;
}

/** `why`: the source cannot be read, or what is in it is wrong. `problems` may hold warnings too. */
export interface NotLoaded {
  readonly kind: 'not_loaded';
  readonly why: 'folder_unreadable' | 'policies_refused';
  /** The revision that was refused, or `'none'` if it is not known. */
  readonly revision: string;
  readonly problems: readonly Problem[];
}

/** Reports a source that cannot be read. */
export function unreadable({ problem }: SourceFailure): NotLoaded {
  return { kind: 'not_loaded', why: 'folder_unreadable', revision: 'none', problems: [problem] };
}

/** Reads and loads the policies of a source in this thread, for the command line. See {@link loadContent}. */
export async function loadPolicies(source: PolicySource, today: string): Promise<Loading> {
  const content = await source.read();
  return content.kind === 'failed' ? unreadable(content) : loadContent(content, today, source.name);
}

/** Reads, checks, compiles and tests policies, with their cases and the self-test. `today` is `YYYY-MM-DD`, UTC. */
export function loadContent(content: SourceContent, today: string, name: string): Loading {
  const { revision } = content;
  const refused = (problems: readonly Problem[]): NotLoaded => {
    return { kind: 'not_loaded', why: 'policies_refused', revision, problems };
  };
  const decoded = content.files.map((file) => decodeSource(file.name, file.bytes));
  const files = decoded.flatMap((one) => (one.kind === 'value' ? [one.value] : []));
  const broken = decoded.flatMap((one) => (one.kind === 'problems' ? one.problems : []));
  const caseFiles = files.filter(({ path }) => isCaseFile(path));
  const policyFiles = files.filter(({ path }) => !isCaseFile(path));
  const reading = readPolicies(policyFiles, today);
  const found = [...content.problems, ...broken, ...(reading.kind === 'value' ? reading.warnings : reading.problems)];
  if (reading.kind === 'problems' || found.some(({ severity }) => severity === 'error')) return refused(found);
  const compiled = compile(reading.documents, revision);
  const set = assembleAtOnce(compiled);
  const { cases, problems: failed } = checkCases(set, caseFiles);
  const problems = [...failed, ...selfTest(set, reading.documents, randomBytes(16).toString('hex'), today)];
  if (problems.length > 0) return refused([...found, ...problems]);
  const warnings = reading.documents.length === 0 ? [...found, nothingLoaded(name)] : found;
  return { kind: 'loaded', revision, compiled, set, warnings, cases };
}

function nothingLoaded(file: string): Problem {
  const message = 'no policy here, so everything is denied';
  return { ...wholeFileProblem(file, 'no_policies', message, 'add a file such as policy.yaml'), severity: 'warning' };
}
