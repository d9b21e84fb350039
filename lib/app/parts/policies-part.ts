import { formatProblem, type Problem, summariseProblem } from '../../policy/index.js';
import { folderSource, openRepository, type Rejection, type Repository } from '../../repository/index.js';
import { type AppContext, StartError } from '../context/index.js';
import type { Log } from '../log/index.js';

/** What a start would make of a change that was rejected. */
const RESTART = {
  folder_unreadable: { restart: 'it would not start' },
  folder_emptied: { restart: 'it would deny everything' },
  policies_refused: { restart: 'it would not start' },
} as const satisfies Record<Rejection['why'], object>;

/** Opens the policies and follows their folder. `onChange` is called after another set came into force. Throws a {@link StartError}. */
export async function policiesPart({ config, log, recording }: AppContext, onChange: () => void): Promise<Repository> {
  const repository = await openRepository({
    source: folderSource(config.policies),
    onAdopted: ({ set, previous, warnings }) => {
      const { revision, ruleCount: rules } = set;
      log.info('policies adopted', { revision, previous, rules });
      warn(log, warnings);
      void recording.record({ kind: 'policy', outcome: 'adopted', revision, previous, rules, problems: [] });
      onChange();
    },
    onRejected: (rejection) => {
      const problems = rejection.problems.map(summariseProblem);
      log.error('policy change rejected; the last good set stays in force', { problems, ...RESTART[rejection.why] });
      const { revision, rules } =
        repository.kind === 'repository' ? repository.status() : { revision: 'none', rules: 0 };
      void recording.record({ kind: 'policy', outcome: 'rejected', revision, previous: revision, rules, problems });
    },
    onFault: (error) => log.error('unexpected error while following the policies', { error }),
  });
  if (repository.kind === 'repository') {
    warn(log, repository.status().warnings);
    return repository;
  }
  const details = repository.problems.map(formatProblem);
  if (repository.why === 'folder_unreadable') {
    throw new StartError('policies_unreadable', `cannot read the policies in "${config.policies}"`, details);
  }
  throw new StartError('policies_invalid', `invalid policies in "${config.policies}"`, details);
}

function warn(log: Log, warnings: readonly Problem[]): void {
  for (const warning of warnings) log.warn('policy warning', { detail: summariseProblem(warning) });
}
