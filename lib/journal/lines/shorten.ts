/*
 * Content that is too long for a line is shortened, never refused: a record that says less is worth more than none, and
 * a client that sends long names must not be able to keep an attempt out of the journal.
 *
 * The same content is always shortened to the same bytes, and a reader sees where: texts end with `[N cut]`, lists with an
 * item `[N cut]`, objects with a member `[cut]: N`, and the line has `cut`, the bytes its content would have taken.
 */

interface Limits {
  readonly characters: number;
  readonly items: number;
  readonly depth: number;
}

/** Tried in this order until the content fits. */
const STEPS: readonly Limits[] = [
  { characters: 4096, items: 512, depth: 16 },
  { characters: 2048, items: 256, depth: 16 },
  { characters: 1024, items: 128, depth: 16 },
  { characters: 512, items: 64, depth: 8 },
  { characters: 256, items: 32, depth: 8 },
  { characters: 128, items: 32, depth: 6 },
  { characters: 64, items: 16, depth: 4 },
  { characters: 32, items: 8, depth: 3 },
  { characters: 16, items: 8, depth: 2 },
];

/** A text is left alone unless cutting it saves more than the mark costs. */
const MARK = 16;

/**
 * Gives the JSON of content shortened until it takes at most `room` bytes, `{}` if nothing else helps.
 *
 * `stringify` must give ASCII JSON, so that its length is its size.
 */
export function shorten(content: unknown, room: number, stringify: (value: unknown) => string): string {
  for (const limits of STEPS) {
    const json = stringify(shortenValue(content, limits, limits.depth));
    if (json.length <= room) return json;
  }
  return '{}';
}

function shortenValue(value: unknown, limits: Limits, depth: number): unknown {
  if (typeof value === 'string') return shortenText(value, limits.characters);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[cut]';
  return Array.isArray(value) ? shortenList(value, limits, depth) : shortenObject(value, limits, depth);
}

function shortenText(text: string, characters: number): string {
  if (text.length <= characters + MARK) return text;
  // A surrogate pair is not split: what is left stays readable.
  const splits = /[\ud800-\udbff]$/.test(text.slice(0, characters));
  const kept = splits ? characters - 1 : characters;
  return `${text.slice(0, kept)}[${text.length - kept} cut]`;
}

function shortenList(list: readonly unknown[], limits: Limits, depth: number): readonly unknown[] {
  const kept = list.slice(0, limits.items).map((item) => shortenValue(item, limits, depth - 1));
  return list.length > limits.items ? [...kept, `[${list.length - limits.items} cut]`] : kept;
}

function shortenObject(object: object, limits: Limits, depth: number): object {
  const members: readonly (readonly [string, unknown])[] = Object.entries(object);
  const kept = members
    .slice(0, limits.items)
    .map(([name, value]) => [shortenText(name, limits.characters), shortenValue(value, limits, depth - 1)] as const);
  // fromEntries, because assigning a member named `__proto__` would lose it.
  return Object.fromEntries(members.length > limits.items ? [...kept, ['[cut]', members.length - limits.items]] : kept);
}
