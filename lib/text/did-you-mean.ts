/** The longest word that is compared. */
const LONGEST = 64;

/** The hint `did you mean "…"?` with the known word that a misspelt one most likely stands for, or `'none'`. */
export function didYouMean(word: string, known: Iterable<string>, shown = (near: string): string => near): string {
  const near = nearest(word.slice(0, LONGEST), known);
  return near === 'none' ? 'none' : `did you mean "${shown(near)}"?`;
}

/** The known word that differs least: in a third of the letters at most, and in no more than three. */
function nearest(word: string, known: Iterable<string>): string {
  let best = 'none';
  let distance = Math.min(3, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= distance) continue;
    const steps = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (steps < distance) [best, distance] = [candidate, steps];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
