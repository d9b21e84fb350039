/** What to do about a file, folder or socket that is for another account only. */
export const RUN_AS_ACCOUNT = 'run it as the account that runs tidegate';

const CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** Whether a code of the system says that this account may not do it. */
export function isPermission(code: string): boolean {
  return CODES.has(code);
}

/** What to do about an error of the system: {@link RUN_AS_ACCOUNT} where the account is the reason. */
export function remedyFor(code: string, otherwise: string): string {
  return isPermission(code) ? RUN_AS_ACCOUNT : otherwise;
}
