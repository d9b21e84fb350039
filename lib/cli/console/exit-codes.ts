/** The exit codes of commands: 1 to 9 are ours, the others are those of BSD's sysexits.h. README lists them. */
export const exitCodes = {
  ok: 0,
  /** A check found something, an attempt would be denied, or the running instance is degraded. */
  found: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No instance runs on this state folder, or at the address that was named. */
  notRunning: 3,
  /** `audit verify`: there is nothing to verify, or nothing that a given key has signed. */
  unproven: 4,
  /** EX_NOINPUT: the policy folder, or another input, cannot be read. */
  unreadable: 66,
  /** EX_UNAVAILABLE: the address or port cannot be listened on. */
  cannotListen: 69,
  /** EX_SOFTWARE: the journal failed while running, or an unexpected error occurred. */
  failed: 70,
  /** EX_CANTCREAT: the journal, or another file, cannot be written. */
  cannotWrite: 73,
  /** EX_TEMPFAIL: another instance holds the state folder. */
  locked: 75,
  /** EX_NOPERM: this account may not ask the running instance, or Node was started with a flag that makes it unsafe. */
  notPermitted: 77,
  /** EX_CONFIG: the configuration or a policy is wrong, or the journal is damaged. */
  config: 78,
} as const;

/** The name of an exit code. */
export type ExitName = keyof typeof exitCodes;
