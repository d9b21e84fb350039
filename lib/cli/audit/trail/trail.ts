import { access } from 'node:fs/promises';
import { checkFormat } from '../../../journal/index.js';
import { type Filter, type FilterTexts, readFilter } from '../../../review/index.js';
import { errorCode, isPermission, RUN_AS_ACCOUNT } from '../../../system/index.js';
import { type ExitName, fail, type Input, type OptionText, settle } from '../../console/index.js';

const TEXTS = {
  since: ['--since <when>', 'attempts from this time on: 90s, 15m, 2h or 7d ago, or 2026-01-31T10:00 (UTC)'],
  until: ['--until <when>', 'attempts before this time'],
  user: ['--user <name>', 'proxy user'],
  client: ['--client <range>', 'client address or network'],
  destination: ['--destination <where>', 'host, host:port, *.name, address or range'],
  port: ['--port <port>', 'destination port'],
  verdict: ['--verdict <verdict>', 'final verdict: allowed, denied, refused or failed'],
  reason: ['--reason <reason>', 'reason, such as destination_not_allowed'],
  rule: ['--rule <rule>', 'rule that decided: id, or policy/id'],
  policy: ['--policy <name>', 'policy that decided'],
  text: ['--text <text>', 'text anywhere in the record'],
} as const satisfies Partial<Record<keyof FilterTexts, OptionText>>;

/** Options about the ends of attempts, which records are not filtered by. */
const ENDS = {
  outcome: ['--outcome <outcome>', 'outcome of a check: verified, probed, mismatch, not_visible or not_checked'],
  fact: ['--fact <fact>', 'fact checked: server_name, thumbprint, client_thumbprint or host_key'],
} as const satisfies Partial<Record<keyof FilterTexts, OptionText>>;

const WOULD_DENY: OptionText = ['--would-deny', 'only attempts that observe mode let pass'];

/** The options that select attempts; their times are those when a request was received. */
export const FILTER_OPTIONS: readonly OptionText[] = [...Object.values(TEXTS), ...Object.values(ENDS), WOULD_DENY];

/** The options that select records; their times are those of writing. */
export const WRITTEN_FILTER_OPTIONS: readonly OptionText[] = [...Object.values(TEXTS), WOULD_DENY].map(
  ([flags, help]) => [flags, help.replace('attempts', 'records written')],
);

/** Reads the filter from the options. Fails with all that is wrong with it. */
export function filterOf(input: Input): Filter {
  const texts = Object.keys({ ...TEXTS, ...ENDS }).flatMap((name) => {
    const text = input.text(name);
    return text === 'none' ? [] : [[name, text] as const];
  });
  const read = readFilter({ ...Object.fromEntries(texts), wouldDeny: input.has('would-deny') }, new Date());
  if (read.kind === 'filter') return read.filter;
  const problems = read.problems.map(
    ({ field, text, detail }) => `invalid --${field} ${JSON.stringify(text)}: ${detail}`,
  );
  fail('usage', 'invalid filter', ...problems);
}

/** Reads the journal in the named folder, or in the state folder if `path` is `'none'`. Fails if it cannot be read. */
export async function withJournal(
  input: Input,
  read: (folder: string) => Promise<ExitName>,
  path: string | 'none' = 'none',
): Promise<ExitName> {
  const folder = path === 'none' ? (await settle(input)).config['journal.folder'] : path;
  try {
    await access(folder);
    const format = await checkFormat(folder);
    if (format !== 'known') fail('unreadable', format.detail, format.remedy);
    return await read(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'none') throw error;
    const otherwise = path === 'none' ? ['name another state folder with --state'] : [];
    const remedy = isPermission(code) ? [RUN_AS_ACCOUNT] : otherwise;
    fail('unreadable', `cannot read the journal in "${folder}" (${code})`, ...remedy);
  }
}
