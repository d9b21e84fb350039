import type { ExecutionContext } from 'ava';
import { rawClient, type Ending } from '../fixtures/raw-client.js';

/** An attempt's id, as replies carry it. */
export const ATTEMPT = '\\(attempt [0-9A-HJKMNP-TV-Z]{16}\\)';

/** What came back on a connection until the proxy ended it. */
export interface Answered {
  readonly text: string;
  readonly ending: Ending;
  readonly status: number;
  readonly reason: string;
}

/** Sends bytes on a connection of their own, piece by piece, and reads until the proxy ends it. */
export async function ask(port: number, ...pieces: readonly (string | Buffer)[]): Promise<Answered> {
  const client = await rawClient(port);
  await client.send(...pieces);
  const { text, ending } = await client.readToEnd();
  client.close();
  const [, status = '0', reason = ''] = /^HTTP\/1\.1 (\d{3}) ([ -~]+)\r\n/.exec(text) ?? [];
  return { text, ending, status: Number(status), reason };
}

/** Asserts a refusal for breaking a rule: the status, a whole head whose reason names the rule, and an orderly end. */
export function isRefused(t: ExecutionContext, answered: Answered, status: number, rule: string): void {
  t.regex(answered.reason, new RegExp(`^Egress refused: [ -~]+ \\[${rule}\\] ${ATTEMPT}$`));
  t.is(answered.status, status);
  isWhole(t, answered);
}

/** Asserts that the answer is one whole message, body and all, and that the connection ended in order behind it. */
export function isWhole(t: ExecutionContext, { text, ending }: Answered): void {
  const end = text.indexOf('\r\n\r\n');
  t.true(end > 0, 'a whole head');
  const length = /\r\nContent-Length: (\d+)\r\n/.exec(text.slice(0, end + 2))?.[1];
  t.is(text.length - end - 4, Number(length ?? '0'), 'a whole body');
  t.is(ending, 'ended');
}

/** The reason phrase of a message that was read. */
export function reasonOf(head: string): string {
  return /^HTTP\/1\.1 \d{3} ([ -~]+)\r\n/.exec(head)?.[1] ?? '';
}

/** Lines with their ends, and the empty line. */
export function head(...lines: readonly string[]): string {
  return [...lines, '', ''].join('\r\n');
}
