import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FORMATS, render, type About, type FormatName } from '../../audit/formats/index.js';
import { ownVersion } from '../../app/product/index.js';
import { printable } from '../../app/terminal/index.js';
import { hashLine } from '../../journal/index.js';
import { type Filter, journalTrail, readRecords, type WholeLine } from '../../review/index.js';
import {
  type Adding,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  textOption,
  withSettings,
  createProgress,
  type Progress,
} from '../console/index.js';
import { filterOf, withFilter, withJournal } from '../question/index.js';
import { openOutput, type Output } from './output.js';

/** Adds `audit export`. */
export function addExportCommand(group: Command, add: Adding): void {
  const command = add(
    group,
    {
      usage: 'export',
      summary: 'write records out, the oldest first, in a format that other systems read',
      examples: [
        'tidegate audit export --since 24h --format ocsf --out /var/spool/siem/tidegate.jsonl',
        'tidegate audit export --format cef | logger --tcp --server siem.corp.example',
        'tidegate audit export --since 2026-01-01 --until 2026-02-01 --verdict denied --out denied.jsonl',
      ],
    },
    exportRecords,
  );
  const formats = Object.entries(FORMATS).map(([name, what]) => `${name} (${what})`);
  command.option('--format <format>', `one of ${formats.join(', ')}`, 'own');
  command.option('--out <file>', 'file to write; without it, standard output');
  command.option('--force', 'replace the file if it is there');
  command.option('--host <name>', 'name of the machine that recorded, where the format has a place for it');
  withFilter(command, 'written');
  withSettings(command, 'state');
}

async function exportRecords(command: Command): Promise<ExitCode> {
  const filter = filterOf(command);
  if (typeof filter === 'number') return filter;
  const format = textOption(command, 'format');
  if (!isFormat(format)) {
    return complain(exitCodes.usage, `--format must be one of ${Object.keys(FORMATS).join(', ')}`);
  }
  const host = textOption(command, 'host');
  const about: About = { version: ownVersion(), host: host === 'none' ? 'not_known' : host };
  return withJournal(command, async (folder) => {
    const file = textOption(command, 'out');
    const output = await openOutput(file === 'none' ? file : resolve(file), isGiven(command, 'force'));
    if (output.kind === 'problem') return complain(exitCodes.cannotWrite, output.detail);
    return writeAll(folder, filter, output, (line) => lineIn(format, line, about));
  });
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

function lineIn(format: FormatName, line: WholeLine, about: About): string {
  const { seq, time, boot, kind, content, bytes } = line;
  return `${render(format, { seq, time, boot, kind, content, hash: hashLine(bytes) }, about).text}\n`;
}

/** What an export came to. */
interface Counts {
  records: number;
  unreadable: number;
}

type Write = (line: WholeLine) => string;

async function writeAll(folder: string, filter: Filter, output: Output, write: Write): Promise<ExitCode> {
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
      return complain(exitCodes.found, `interrupted after ${counts.records} records; ${output.abandoned}`);
    }
    const finished = await output.finish();
    return finished === 'done' ? told(counts, output) : complain(exitCodes.cannotWrite, finished);
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
        complain(exitCodes.found, printable(`unreadable: ${line.segment}, byte ${line.offset}: ${line.detail}`));
      }
    } else {
      counts.records += 1;
      if (!output.write(write(line))) await output.room();
      progress.at((line.seq - range.from + 1) / (range.to - range.from + 1), `${counts.records} records`);
    }
  }
}

function told({ records, unreadable }: Counts, { name }: Output): ExitCode {
  process.stderr.write(`${records} records exported${name === 'none' ? '' : ` to ${name}`}\n`);
  if (unreadable === 0) return exitCodes.ok;
  return complain(exitCodes.found, `${unreadable} lines of the journal could not be read and are left out`);
}
