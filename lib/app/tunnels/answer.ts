import { readIdPrefix } from '../../attempt/index.js';
import type { AuditRecord } from '../../audit/index.js';
import type { PassingTraffic } from '../../proxy/index.js';
import { within } from '../../system/index.js';
import { counted } from '../../system/values/index.js';
import {
  type Cut,
  type CutRequest,
  type ListRequest,
  MAX_ROWS,
  type Rejection,
  requestSchema,
  type Selection,
  type Tunnels,
} from './requests.js';
import { readSelection } from './select.js';
import { tunnelOf } from './tunnel-of.js';

/** What answers are made of. */
export interface TunnelSource {
  readonly passing: () => readonly PassingTraffic[];
  /** Writes a record; true once it is durable. */
  readonly record: (record: AuditRecord) => Promise<boolean>;
  readonly log: { readonly warn: (event: string, fields: Readonly<Record<string, unknown>>) => void };
  readonly now: () => Date;
}

/** How long an answer waits for the record of a cut: a journal that fails must not keep an operator from cutting. */
const RECORD_MS = 3_000;

/** Answers one request line. Never throws for what the line holds. */
export async function answerRequest(line: string, source: TunnelSource): Promise<Tunnels | Cut | Rejection> {
  const read = requestSchema.safeParse(parseJson(line));
  if (!read.success) {
    return rejected(read.error.issues.map(({ path, message }) => `invalid request: ${path.join('.')}: ${message}`));
  }
  return read.data.request === 'tunnels' ? list(read.data, source) : await cut(read.data, source);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return 'not JSON';
  }
}

function list({ select, limit = MAX_ROWS }: ListRequest, { passing, now }: TunnelSource): Tunnels | Rejection {
  const selection = readSelection(select);
  if (selection.kind === 'problems') return rejected(selection.problems);
  const at = now();
  const selected = oldestFirst(passing().filter(selection.selects));
  const tunnels = selected.slice(0, limit).map((each) => tunnelOf(each, at));
  return { reply: 'tunnels', at: at.toISOString(), open: selected.length, tunnels };
}

async function cut(request: CutRequest, source: TunnelSource): Promise<Cut | Rejection> {
  const { attempts, select } = request;
  const selection = readSelection(select);
  if (selection.kind === 'problems') return rejected(selection.problems);
  const isFiltered = Object.values(select).some((text) => text !== undefined);
  // Never everything by mistake.
  if (attempts.length > 0 === isFiltered) return rejected(['name attempts or a filter, and not both']);
  const at = source.now();
  const wanted = new Set(attempts.flatMap(idsOf));
  const open = source.passing();
  const chosen = oldestFirst(
    open.filter((each) => (isFiltered ? selection.selects(each) : wanted.has(each.attempt.id))),
  );
  const tunnels = chosen.slice(0, MAX_ROWS).map((each) => tunnelOf(each, at));
  const detail = `cut by ${request.by}${request.why === '' ? '' : `: ${request.why}`}`;
  for (const each of chosen) each.cut(detail);
  const found = new Set(chosen.map(({ attempt }) => attempt.id));
  return {
    ...{ reply: 'cut', at: at.toISOString(), ended: chosen.length, tunnels },
    not_open: attempts.filter((typed) => !idsOf(typed).some((id) => found.has(id))),
    recorded: chosen.length === 0 || (await record(chosen.length, request, source)),
  };
}

/** Records the action, so that it is in the trail although the ends of the tunnels may be written later. */
async function record(
  ended: number,
  { by, why, attempts, select }: CutRequest,
  source: TunnelSource,
): Promise<boolean> {
  const what = attempts.length > 0 ? attempts.join(' ') : wordsOf(select);
  source.log.warn('tunnels cut by an operator', { ended, by, why, what });
  const detail = `${counted(ended, 'tunnel')} cut by ${by}${why === '' ? '' : `: ${why}`} (${what})`;
  const writing = source.record({ kind: 'admin', action: 'tunnels_cut', detail });
  return await within(writing, RECORD_MS, false);
}

function wordsOf(select: Selection): string {
  return Object.entries(select)
    .flatMap(([name, text]) => (text === undefined ? [] : [`${name} ${text}`]))
    .join(', ');
}

function oldestFirst(passing: readonly PassingTraffic[]): readonly PassingTraffic[] {
  return [...passing].sort((a, b) => a.attempt.receivedAt.getTime() - b.attempt.receivedAt.getTime());
}

/** The ids that a person may have meant: typed in any case, and whole, since more than one tunnel must not end by mistake. */
function idsOf(typed: string): readonly string[] {
  return readIdPrefix(typed).flatMap(({ text, isWhole }) => (isWhole ? [text] : []));
}

function rejected(problems: readonly string[]): Rejection {
  return { reply: 'rejected', problems: [...problems] };
}
