const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Writes a number of bytes for people: `12 B`, `3.4 KiB`, `512 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power] ?? ''}`;
}
