import { userInfo } from 'node:os';
import { type Cut, requestCut } from '../../app/tunnels/index.js';
import { counted } from '../../system/values/index.js';
import { type CommandSpec, complain, type ExitName, fail, type Input, printResult, settle } from '../console/index.js';
import { orFail, SELECTION_OPTIONS, selectionOf } from './selection.js';
import { tunnelTable } from './tunnels-text.js';

/** `cut`. */
export const cutCommand: CommandSpec = {
  usage: 'cut [attempts...]',
  summary: 'end open tunnels, and record it: those of the named attempts, or all that the filter selects',
  examples: [
    'tidegate cut D257GE5Q07K3XW9A',
    "tidegate cut --user spaces-1.production --reason 'incident 4711'",
    'tidegate cut --destination web01.corp.example:10933',
  ],
  settings: ['state'],
  options: [
    ...SELECTION_OPTIONS,
    ['--reason <text>', 'why; it is recorded, with your account, in the end of each tunnel'],
    ['--json', 'print one JSON object'],
  ],
  action: cutTunnels,
};

const MAX_REASON = 200;

async function cutTunnels(input: Input): Promise<ExitName> {
  const select = selectionOf(input);
  const attempts = [...input.args];
  const isFiltered = Object.keys(select).length > 0;
  if (attempts.length === 0 && !isFiltered) {
    fail(
      'usage',
      'nothing is named',
      'name attempts (tidegate tunnels lists them), --user, --destination or another filter',
    );
  }
  if (attempts.length > 0 && isFiltered) fail('usage', 'attempts and a filter conflict', 'give one of them');
  const why = input.has('reason') ? input.text('reason') : '';
  if (why.length > MAX_REASON) fail('usage', `--reason is longer than ${MAX_REASON} characters`);
  const { state } = (await settle(input)).config;
  const cut = orFail(state, await requestCut(state, { request: 'cut', attempts, select, by: whoAsks(), why }));
  if (!cut.recorded) complain('the journal did not confirm the record of this action in time');
  const { at, ended, tunnels, not_open: missing, recorded } = cut;
  const exit = ended === 0 || missing.length > 0 ? 'found' : 'ok';
  const json = { at, ended, tunnels, not_open: missing, recorded };
  return printResult(input, json, () => cutText(cut), exit);
}

/** The account, as the system names it: anyone who may use the socket is believed. */
function whoAsks(): string {
  const sudo = process.env['SUDO_USER'] ?? '';
  return `${accountName()}${sudo === '' ? '' : ` (sudo by ${sudo})`}`.slice(0, 100);
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function cutText({ tunnels, ended, at, not_open: missing }: Cut): string {
  return [
    ...(tunnels.length === 0 ? [] : [tunnelTable(tunnels, at)]),
    ended === 0 ? 'nothing that is open matches' : `${counted(ended, 'tunnel')} ended`,
    ...missing.map((id) => `not open: ${id}`),
  ].join('\n');
}
