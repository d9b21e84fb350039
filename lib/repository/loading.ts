import { randomBytes } from 'node:crypto';
import {
  assembleAtOnce,
  checkCases,
  compile,
  readPolicies,
  selfTest,
  type CompiledPolicies,
  type PolicySet,
  type Problem,
} from '../policy/index.js';
import { readFolder } from './folder.js';

/** A folder that passed every check, or why it may not come into force. */
export type Loading = Loaded | NotLoaded;

/** Policies that may come into force. `compiled` is for handing them to another thread, `set` for use in this one. */
export interface Loaded {
  readonly kind: 'loaded';
  readonly revision: string;
  readonly fingerprint: string;
  readonly compiled: CompiledPolicies;
  readonly set: PolicySet;
  readonly warnings: readonly Problem[];
  readonly cases: number;
}

/** `why`: the folder cannot be read, or what is in it is wrong. `problems` may hold warnings too. */
export interface NotLoaded {
  readonly kind: 'not_loaded';
  readonly why: 'folder_unreadable' | 'policies_refused';
  /** The revision that was refused, or `'none'` if there is no telling. */
  readonly revision: string;
  readonly fingerprint: string;
  readonly problems: readonly Problem[];
}

/**
 * Reads, checks, compiles and tries out the policies of a folder (or of one file): files, links between them, their
 * cases, and a name that must be denied. Everything in this thread: for a check from the command line. A proxy that
 * is running loads in a worker, see handover.ts. `today` is `YYYY-MM-DD`, UTC.
 */
export async function loadPolicies(path: string, today: string): Promise<Loading> {
  const content = await readFolder(path);
  if (content.kind === 'unreadable') {
    return {
      kind: 'not_loaded',
      why: 'folder_unreadable',
      revision: 'none',
      fingerprint: content.fingerprint,
      problems: [content.problem],
    };
  }
  const { revision, fingerprint } = content;
  const refused = (problems: readonly Problem[]): NotLoaded => ({
    kind: 'not_loaded',
    why: 'policies_refused',
    revision,
    fingerprint,
    problems,
  });
  const reading = readPolicies(content.policies, today);
  const found = [...content.problems, ...(reading.kind === 'value' ? reading.warnings : reading.problems)];
  if (reading.kind === 'problems' || found.some(({ severity }) => severity === 'error')) return refused(found);
  const compiled = compile(reading.documents, revision);
  const set = assembleAtOnce(compiled);
  const { cases, problems: failed } = checkCases(set, content.cases);
  const problems = [...failed, ...selfTest(set, reading.documents, randomBytes(16).toString('hex'), today)];
  if (problems.length > 0) return refused([...found, ...problems]);
  const warnings = reading.documents.length === 0 ? [...found, nothingLoaded(path)] : found;
  return {
    kind: 'loaded',
    revision,
    fingerprint,
    compiled,
    set,
    warnings,
    cases,
  };
}

function nothingLoaded(path: string): Problem {
  const message = 'no policy here, so everything is denied';
  return {
    severity: 'warning',
    code: 'no_policies',
    file: path,
    position: 'whole_file',
    message,
    hint: 'add a file such as policy.yaml',
  };
}
