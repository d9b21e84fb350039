import type { Command } from 'commander';
import type { StartReason } from '../../app/context/index.js';
import { type Instance, runInstance, unsafeFlags } from '../../app/instance/index.js';
import { ownVersion } from '../../app/product/index.js';
import { complain, exitCodes, type ExitCode, isGiven, say, settle, styleOf } from '../console/index.js';
import { startJson, startText, type StartSummary } from './start-text.js';

/** How long what the end leaves behind (a log transport's connection, say) may still keep the process. */
const LEAVE_WITHIN_MS = 2_000;

const codes = {
  log_transport_unusable: exitCodes.config,
  users_unusable: exitCodes.config,
  policies_unreadable: exitCodes.unreadable,
  policies_invalid: exitCodes.config,
  journal_locked: exitCodes.locked,
  journal_unwritable: exitCodes.cannotWrite,
  journal_wrong_key: exitCodes.config,
  journal_damaged: exitCodes.config,
  anchor_unusable: exitCodes.config,
  sink_unusable: exitCodes.config,
  cannot_listen: exitCodes.cannotListen,
  start_unrecorded: exitCodes.cannotWrite,
} as const satisfies Record<StartReason, ExitCode>;

/** Runs the proxy until a signal or a failure ends it. */
export async function run(command: Command): Promise<ExitCode> {
  const unsafe = unsafeFlags(process.execArgv, process.env['NODE_OPTIONS'] ?? '');
  if (unsafe.length > 0) return complain(exitCodes.unsafe, 'remove the unsafe flags of Node', ...unsafe);
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const { config, folder } = settled;
  const json = isGiven(command, 'json');
  const outcome = await runInstance({
    config,
    folder,
    env: process.env,
    style: styleOf(process.stderr),
    onStarted: (instance) => say(json ? startJson(summaryOf(instance)) : startText(summaryOf(instance))),
    abort: () => process.exit(exitCodes.failed),
  });
  setTimeout(() => process.exit(), LEAVE_WITHIN_MS).unref();
  switch (outcome.kind) {
    case 'stopped':
      return exitCodes.ok;
    case 'failed':
      return exitCodes.failed;
    case 'not_started':
      return complain(codes[outcome.reason], outcome.message, ...outcome.details);
  }
}

function summaryOf({ config, proxy, repository, users }: Instance): StartSummary {
  return {
    version: ownVersion(),
    config,
    listeners: proxy.listeners,
    policy: repository.current(),
    users: users === 'off' ? 'off' : users.status().users,
  };
}
