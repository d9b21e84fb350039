import type { StartReason } from '../../app/context/index.js';
import { type Instance, runInstance, unsafeFlags } from '../../app/instance/index.js';
import { ownVersion } from '../../app/product/index.js';
import { sizingOf } from '../../app/facts/index.js';
import {
  complain,
  exitCodes,
  type ExitName,
  fail,
  type Input,
  openFiles,
  print,
  settle,
  styleOf,
  UnwrittenOutput,
} from '../console/index.js';
import { startJson, startText, type StartSummary } from './start-text.js';

/** How long open handles, such as the connection of a log transport, may keep the process after its end. */
const LEAVE_WITHIN_MS = 2_000;

const EXITS = {
  log_transport_unusable: 'config',
  users_unusable: 'config',
  policies_unreadable: 'unreadable',
  policies_invalid: 'config',
  journal_locked: 'locked',
  journal_unwritable: 'cannotWrite',
  journal_wrong_key: 'config',
  journal_newer: 'config',
  journal_damaged: 'config',
  anchor_unusable: 'config',
  sink_unusable: 'config',
  cannot_listen: 'cannotListen',
  start_unrecorded: 'cannotWrite',
} as const satisfies Record<StartReason, ExitName>;

/** Runs the proxy until a signal or a failure ends it. */
export async function run(input: Input): Promise<ExitName> {
  const unsafe = unsafeFlags(process.execArgv, process.env['NODE_OPTIONS'] ?? '');
  if (unsafe.length > 0) fail('notPermitted', 'remove the unsafe flags of Node', ...unsafe);
  const { config, folder, file } = await settle(input);
  const format = input.has('json') ? startJson : startText;
  const outcome = await runInstance({
    config,
    folder,
    env: process.env,
    openFiles: openFiles(),
    style: styleOf(process.stderr),
    onStarted: (instance) => announce(format(summaryOf(instance, file))),
    abort: () => process.exit(exitCodes.failed),
  });
  setTimeout(() => process.exit(), LEAVE_WITHIN_MS).unref();
  if (outcome.kind === 'not_started') fail(EXITS[outcome.reason], outcome.message, ...outcome.details);
  return outcome.kind === 'stopped' ? 'ok' : 'failed';
}

/** A start that cannot be announced is a start all the same: the exit code says so at the end. */
function announce(text: string): void {
  try {
    print(text);
  } catch (error) {
    if (!(error instanceof UnwrittenOutput)) throw error;
    complain(error.message, 'tidegate runs all the same');
  }
}

function summaryOf({ config, proxy, repository, users, openFiles: files }: Instance, file: string): StartSummary {
  return {
    version: ownVersion(),
    file,
    config,
    listeners: proxy.listeners,
    policy: repository.current(),
    users: users === 'off' ? 'off' : users.status().users,
    sizing: sizingOf(config, files),
  };
}
