import { resolve } from 'node:path';
import { ownVersion } from '../../../app/product/index.js';
import { printable } from '../../../app/terminal/index.js';
import { FORMATS, render, type About, type FormatName } from '../../../audit/formats/index.js';
import { hashLine } from '../../../journal/index.js';
import { type Filter, journalTrail, readRecords, type WholeLine } from '../../../review/index.js';
import { counted } from '../../../system/values/index.js';
import {
  type CommandSpec,
  complain,
  createProgress,
  failure,
  type Input,
  type Result,
  type Progress,
  done,
} from '../../console/index.js';
import { filterOf, withJournal, WRITTEN_FILTER_OPTIONS } from '../trail/index.js';
import { openOutput, type Output } from './export-output.js';

const FORMAT_TEXTS = Object.entries(FORMATS).map(([name, what]) => `${name} (${what})`);

/** `audit export`. */
export const exportCommand: CommandSpec = {
  usage: 'export',
  summary: 'export records, oldest first, in a format that other systems read',
  examples: [
    'tidegate audit export --since 24h --format ocsf --out /var/spool/siem/tidegate.jsonl',
    'tidegate audit export --format cef | logger --tcp --server siem.corp.example',
    'tidegate audit export --since 2026-01-01 --until 2026-02-01 --verdict denied --out denied.jsonl',
  ],
  settings: ['state'],
  options: [
    ['--format <format>', `one of ${FORMAT_TEXTS.join(', ')}`, 'own'],
    ['--out <file>', 'output file (default: standard output)'],
    ['--force', 'replace an existing file'],
    ['--host <name>', 'name of the recording machine, for formats with such a field'],
    ...WRITTEN_FILTER_OPTIONS,
  ],
  action: exportRecords,
};

async function exportRecords(input: Input): Promise<Result> {
  const read = filterOf(input);
  if (read.kind === 'failure') return read;
  const format = input.text('format');
  if (!isFormat(format)) {
    return failure('usage', `invalid --format "${format}": one of ${Object.keys(FORMATS).join(', ')}`);
  }
  const host = input.text('host');
  const about: About = { version: ownVersion(), host: host === 'none' ? 'not_known' : host };
  return withJournal(input, async (folder) => {
    const file = input.text('out');
    const output = await openOutput(file === 'none' ? file : resolve(file), input.has('force'));
    if (output.kind === 'problem') return failure('cannotWrite', output.detail);
    return writeAll(folder, read.filter, output, (line) => lineIn(format, line, about));
  });
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

function lineIn(format: FormatName, line: WholeLine, about: About): string {
  const { seq, time, boot, kind, content, bytes } = line;
  return `${render(format, { seq, time, boot, kind, content, hash: hashLine(bytes) }, about).text}\n`;
}

/** The lines that were exported, and those that could not be read. */
interface Counts {
  records: number;
  unreadable: number;
}

type Write = (line: WholeLine) => string;

async function writeAll(folder: string, filter: Filter, output: Output, write: Write): Promise<Result> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const progress = createProgress(process.stderr);
  const counts: Counts = { records: 0, unreadable: 0 };
  try {
    await copy(folder, filter, output, write, { counts, progress, signal: stop.signal });
    progress.end();
    if (stop.signal.aborted) {
      await output.abandon();
      return failure('found', `interrupted after ${counted(counts.records, 'record')}; ${output.abandoned}`);
    }
    const finished = await output.finish();
    return finished.kind === 'written' ? reportCounts(counts, output) : failure('cannotWrite', finished.detail);
  } catch (error) {
    progress.end();
    await output.abandon();
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

interface Running {
  readonly counts: Counts;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** How many damaged places are named; the others are counted. */
const NAMED = 10;

async function copy(folder: string, filter: Filter, output: Output, write: Write, running: Running): Promise<void> {
  const { counts, progress, signal } = running;
  const trail = journalTrail(folder);
  const range = await trail.locate(filter);
  for await (const line of readRecords(trail, filter, range)) {
    if (signal.aborted || output.gone()) return;
    if (line.read === 'damaged') {
      counts.unreadable += 1;
      progress.end();
      if (counts.unreadable <= NAMED) {
        complain(printable(`unreadable: ${line.segment}, byte ${line.offset}: ${line.detail}`));
      }
    } else {
      counts.records += 1;
      if (!output.write(write(line))) await output.room();
      const part = (line.seq - range.from + 1) / (range.to - range.from + 1);
      progress.at(part, counted(counts.records, 'record'));
    }
  }
}

function reportCounts({ records, unreadable }: Counts, { name }: Output): Result {
  process.stderr.write(`exported ${counted(records, 'record')}${name === 'none' ? '' : ` to ${name}`}\n`);
  if (unreadable === 0) return done();
  return failure('found', `skipped ${counted(unreadable, 'unreadable journal line')}`);
}
