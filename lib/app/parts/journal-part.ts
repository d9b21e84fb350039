import type { Anchors } from '../../outbox/index.js';
import { type Journal, type JournalProblem, openJournal } from '../../journal/index.js';
import { type AppContext, StartError } from '../context/index.js';

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
  throw startError(journal, folder);
}

function startError(problem: JournalProblem, folder: string): StartError {
  const { detail, remedy } = problem;
  const where = `the journal in "${folder}"`;
  switch (problem.kind) {
    case 'locked': {
      const process = problem.pid === 'not_visible' ? '' : ` (process ${problem.pid})`;
      return new StartError('journal_locked', `another instance${process} uses ${where}`, [detail, remedy]);
    }
    case 'unwritable':
      return new StartError('journal_unwritable', `cannot write ${where} (${problem.code})`, [detail, remedy]);
    case 'wrong_key':
      return new StartError('journal_wrong_key', `cannot sign ${where}`, [detail, remedy]);
    case 'newer_format':
      return new StartError('journal_newer', `cannot read ${where}: its format is newer than this tidegate`, [
        detail,
        remedy,
      ]);
    case 'damaged': {
      const { segment, line, seq } = problem;
      const found = `${segment}, line ${line}, record ${seq}: ${detail}`;
      return new StartError('journal_damaged', `${where} is damaged`, [found, remedy]);
    }
  }
}
