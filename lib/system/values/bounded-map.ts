/** Sets a key as the newest of a map that holds `most` at most: the keys that were set longest ago go first. */
export function setBounded<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  for (const oldest of map.keys()) {
    if (map.size < most) break;
    map.delete(oldest);
  }
  if (most > 0) map.set(key, value);
}
