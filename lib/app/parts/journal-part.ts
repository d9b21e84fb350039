import type { Anchors } from '../../outbox/index.js';
import { type Journal, type JournalProblem, openJournal } from '../../journal/index.js';
import { type AppContext, StartError, type StartReason } from '../context/index.js';

const reasons = {
  locked: 'journal_locked',
  unwritable: 'journal_unwritable',
  wrong_key: 'journal_wrong_key',
  damaged: 'journal_damaged',
} as const satisfies Record<JournalProblem['kind'], StartReason>;

/** Opens the journal, whose checkpoints go to the anchors. Throws a {@link StartError}. */
export async function journalPart(
  { config, recording }: AppContext,
  { onCheckpoint, anchoredSize }: Pick<Anchors, 'onCheckpoint' | 'anchoredSize'>,
): Promise<Journal> {
  const { 'journal.folder': folder, 'journal.reserve': reserve } = config;
  const journal = await openJournal({
    directory: folder,
    keyFile: config['journal.key'],
    segmentBytes: config['journal.segment'],
    compress: config['journal.compress'],
    keepMs: config['journal.keep-for'],
    keepBytes: config['journal.keep-size'],
    reserveBytes: reserve === 'none' ? 0 : reserve,
    onCheckpoint,
    anchoredSize,
  });
  if (journal.kind === 'journal') {
    recording.into(journal);
    return journal;
  }
  const where = journal.kind === 'damaged' ? `${journal.segment}, line ${journal.line}, record ${journal.seq}: ` : '';
  throw new StartError(reasons[journal.kind], messageOf(journal, folder), [
    `${where}${journal.detail}`,
    journal.remedy,
  ]);
}

function messageOf(problem: JournalProblem, folder: string): string {
  switch (problem.kind) {
    case 'locked': {
      const process = problem.pid === 'not_visible' ? '' : ` (process ${problem.pid})`;
      return `another instance${process} uses the journal in "${folder}"`;
    }
    case 'unwritable':
      return `cannot write the journal in "${folder}" (${problem.code})`;
    case 'wrong_key':
      return `cannot sign the journal in "${folder}"`;
    case 'damaged':
      return `the journal in "${folder}" is damaged`;
  }
}
