import type { Anchors } from '../../outbox/index.js';
import { type ClockEvent, type Journal, type JournalProblem, openJournal } from '../../journal/index.js';
import { type AppContext, StartError } from '../context/index.js';

/** Opens the journal, whose checkpoints go to the anchors. Throws a {@link StartError}. */
export async function journalPart(
  { config, log, recording }: AppContext,
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
    onClock: (event) => reportClock(event, config['journal.keep-for'] !== 'always', log),
  });
  if (journal.kind === 'journal') {
    recording.into(journal);
    return journal;
  }
  throw startError(journal, folder);
}

const RELEASE = 'check the clock; tidegate audit release-removal releases the hold at once';

/** Logs what happened to the clock, and to the hold on removal that follows a jump. */
function reportClock(event: ClockEvent, removesByAge: boolean, log: AppContext['log']): void {
  switch (event.event) {
    case 'jumped':
    case 'far_at_start': {
      const fields = { seconds: Math.round(event.by_ms / 1_000), expected: event.expected };
      const held = removesByAge ? '; removal by journal.keep-for is held for 24 hours of uptime' : '';
      log.warn(`${CLOCK_WORDS[event.event]}${held}`, removesByAge ? { ...fields, remedy: RELEASE } : fields);
      return;
    }
    case 'released':
      log.info('removal by journal.keep-for was released', { by: event.by });
      return;
    case 'hold_ended':
      if (removesByAge) log.info('removal by journal.keep-for is no longer held', { since: event.since });
  }
}

const CLOCK_WORDS = {
  jumped: 'the clock jumped',
  far_at_start: 'the clock is far from the newest record',
} as const;

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
