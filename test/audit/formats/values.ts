/** Every value in a JSON value that is neither object nor list, with its path: `a.b`, `a[].b`. */
export function* valuesIn(value: unknown, path = ''): Generator<readonly [path: string, value: unknown]> {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) yield* valuesIn(item, `${path}[]`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* valuesIn(member, path === '' ? name : `${path}.${name}`);
  } else if (value !== null && value !== undefined) {
    yield [path, value];
  }
}

/** All of them as texts. */
export function textsIn(value: unknown): Set<string> {
  return new Set([...valuesIn(value)].map(([, found]) => String(found)));
}
