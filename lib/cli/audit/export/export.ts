import { resolve } from 'node:path';
import { ownVersion } from '../../../app/product/index.js';
import { printable } from '../../../app/terminal/index.js';
import { FORMATS, render, type About, type FormatName } from '../../../audit/formats/index.js';
import { hashLine, type Line } from '../../../journal/index.js';
import { type Filter, journalTrail, readRecords, type Trail } from '../../../review/index.js';
import { counted } from '../../../system/values/index.js';
import {
  type CommandSpec,
  complain,
  createProgress,
  type ExitName,
  fail,
  type Input,
  interruptible,
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

async function exportRecords(input: Input): Promise<ExitName> {
  const filter = filterOf(input);
  const format = input.text('format');
  if (!isFormat(format)) fail('usage', `invalid --format "${format}": one of ${Object.keys(FORMATS).join(', ')}`);
  const host = input.text('host');
  const about: About = { version: ownVersion(), host: host === 'none' ? 'not_known' : host };
  return withJournal(input, async (folder) => {
    const path = input.text('out') === 'none' ? 'none' : resolve(input.text('out'));
    const output = await openOutput(path, input.has('force'));
    try {
      return await writeAll(journalTrail(folder), filter, output, (line) => lineIn(format, line, about));
    } finally {
      await output.discard();
    }
  });
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

function lineIn(format: FormatName, line: Line, about: About): string {
  const { seq, time, boot, kind, content, bytes } = line;
  return `${render(format, { seq, time, boot, kind, content, hash: hashLine(bytes) }, about).text}\n`;
}

/** Exported text is written in pieces of this many characters. */
const PIECE = 256 * 1024;
/** How many damaged places are named; the others are counted. */
const NAMED = 10;

type LineText = (line: Line) => string;

async function writeAll(trail: Trail, filter: Filter, output: Output, textOf: LineText): Promise<ExitName> {
  const range = await trail.locate(filter);
  const progress = createProgress(process.stderr);
  const counts = { records: 0, unreadable: 0 };
  let text = '';
  const ending = await interruptible(async (signal) => {
    for await (const line of readRecords(trail, filter, range)) {
      if (signal.aborted) return;
      if (line.read === 'damaged') {
        counts.unreadable += 1;
        progress.end();
        if (counts.unreadable <= NAMED) {
          complain(printable(`unreadable: ${line.segment}, byte ${line.offset}: ${line.detail}`));
        }
        continue;
      }
      counts.records += 1;
      text += textOf(line);
      if (text.length >= PIECE) {
        await output.write(text);
        text = '';
      }
      progress.at((line.seq - range.from + 1) / (range.to - range.from + 1), counted(counts.records, 'record'));
    }
  }).finally(progress.end);
  await output.write(text);
  const exported = counted(counts.records, 'record');
  if (ending === 'signal') {
    fail(
      'found',
      `interrupted after ${exported}; ${output.path === 'none' ? 'the output is incomplete' : 'nothing was written'}`,
    );
  }
  if (ending === 'output_closed') {
    complain(`stopped after ${exported}: the reader has closed the output`);
    return 'ok';
  }
  await output.commit();
  process.stderr.write(`exported ${exported}${output.path === 'none' ? '' : ` to ${output.path}`}\n`);
  if (counts.unreadable > 0) fail('found', `skipped ${counted(counts.unreadable, 'unreadable journal line')}`);
  return 'ok';
}
