/** A JSON object that is being put together. Without a prototype, so that no name a record holds has a meaning. */
export interface JsonObject {
  [name: string]: unknown;
}

/** An empty object, or one of these members. */
export function jsonObject(members: Readonly<Record<string, unknown>> = {}): JsonObject {
  const made: JsonObject = { __proto__: null };
  return Object.assign(made, members);
}

/** Puts a value at a place of a vocabulary, such as `event.duration`, and makes the objects on the way there. */
export function put(into: JsonObject, place: string, value: unknown): void {
  putAt(into, place.split('.'), value);
}

/** Puts a value where these names lead. Names that a record brought may hold anything, dots too. */
export function putAt(into: JsonObject, names: readonly string[], value: unknown): void {
  let at = into;
  for (const name of names.slice(0, -1)) at = member(at, name);
  at[names.at(-1) ?? ''] = value;
}

function member(of: JsonObject, name: string): JsonObject {
  const found = of[name];
  if (isJsonObject(found)) return found;
  const made = jsonObject();
  of[name] = made;
  return made;
}

/** Whether a value is an object within one that is being put together. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NOT_ASCII = /[^ -~]/g;

/** The escape that JSON has for a UTF-16 unit. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One line of ASCII: whatever is in there, no byte of it is a line end, a control or outside ASCII. */
export function jsonLine(value: JsonObject): string {
  return JSON.stringify(value).replace(NOT_ASCII, escapeUnit);
}
