/** Finds the known word that `word` was most likely meant to be: at most a third of it differs; `'none'` if there is none. */
export function nearest(word: string, known: readonly string[]): string {
  const meant = word.slice(0, 64).toLowerCase();
  const near = known
    .map((each) => ({ each, distance: distanceOf(meant, each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(Math.max(meant.length, each.length) / 3)))
    .sort((one, other) => one.distance - other.distance);
  return near[0]?.each ?? 'none';
}

/** How many characters must be put in, taken out or changed to make one word of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of one.split('').entries()) {
    const line = [row + 1];
    for (const [column, sign] of other.split('').entries()) {
      const changed = (above[column] ?? 0) + (letter === sign ? 0 : 1);
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[other.length] ?? 0;
}
