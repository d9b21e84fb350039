/** What became of one test. `details` are the lines that ava wrote about it, indented as it wrote them. */
export interface Outcome {
  readonly kind: 'passed' | 'failed' | 'skipped';
  readonly title: string;
  readonly details: readonly string[];
}

/** The outcomes of one run, and whether it came to its end: without its plan (`1..N`) results are missing. */
export interface Report {
  readonly outcomes: readonly Outcome[];
  readonly complete: boolean;
}

/** Reads what `ava --tap` wrote for one test file. A test that is only a title yet (`# TODO`) counts as skipped. */
export function readTap(text: string): Report {
  const outcomes: { kind: Outcome['kind']; title: string; details: string[] }[] = [];
  let complete = false;
  for (const line of text.split('\n')) {
    const [, not = '', title = '', directive = ''] = /^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO))?$/.exec(line) ?? [];
    if (/^(not )?ok /.test(line)) {
      outcomes.push({ kind: directive !== '' ? 'skipped' : not === '' ? 'passed' : 'failed', title, details: [] });
    } else if (/^1\.\.\d+$/.test(line)) complete = true;
    else if (!complete && !line.startsWith('TAP version')) outcomes.at(-1)?.details.push(line);
  }
  return { outcomes, complete };
}
