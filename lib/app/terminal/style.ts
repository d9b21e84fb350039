/** How text may look on a stream: colours only on a terminal whose owner has not set `NO_COLOR`. */
export interface Style {
  readonly colours: boolean;
}

/** A colour by what it means. */
export type Meaning = 'good' | 'warning' | 'bad' | 'quiet';

const codes = { good: 32, warning: 33, bad: 31, quiet: 90 } as const satisfies Record<Meaning, number>;

/** Colours a text, where colours are allowed. */
export function coloured(text: string, meaning: Meaning, { colours }: Style): string {
  return colours ? `\u001b[${codes[meaning]}m${text}\u001b[0m` : text;
}

/** Makes a text safe to show: control characters and characters that change the writing direction become `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
