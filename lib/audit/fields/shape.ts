import { isObject } from '../../system/values/index.js';
/** Words that may stand in a field, each with what it means. */
export type Vocabulary = Readonly<Record<string, string>>;

/**
 * What a field holds. `oneOf` is closed: another word makes the record unreadable. `word` is open: a later version may
 * add words, and a reader shows what it does not know.
 */
export type Shape =
  | 'text'
  | 'integer'
  | 'flag'
  | { readonly oneOf: Vocabulary }
  | { readonly word: readonly Vocabulary[] }
  | { readonly object: Fields }
  | { readonly listOf: 'text' | Fields };

/** One field of a record: what the encoder must put there, what the decoder accepts, and what the documentation says. */
export interface Field<S extends Shape = Shape, N extends string = string, A extends string = string> {
  readonly shape: S;
  /** What `null` means in this field; `'never'` where it always has a value. Absence has one reason per field. */
  readonly whenNull: N;
  /** What it means that a record has no such field: earlier versions did not write it; `'never'` where all did. */
  readonly whenAbsent: A;
  readonly meaning: string;
  /** The Elastic Common Schema fields with this meaning (`a, b` where there are several), or `'none'`. */
  readonly ecs: string;
  /** The OCSF attributes with this meaning, in the class that `formats/ocsf.ts` gives the kind, or `'none'`. */
  readonly ocsf: string;
}

interface Equivalents {
  readonly ecs?: string;
  readonly ocsf?: string;
}

/** Describes one field, and keeps its exact shape for the type of the content. */
export function field<const S extends Shape>(shape: S, meaning: string, more?: Equivalents): Field<S, 'never', 'never'>;
/** A field that may be `null`; with `whenAbsent`, one that was added later: older records without it stay readable. */
export function field<const S extends Shape, const N extends string, const A extends string = 'never'>(
  shape: S,
  meaning: string,
  more: Equivalents & { readonly whenNull: N; readonly whenAbsent?: A },
): Field<S, N, A>;
/** Describes one field; see the overloads. */
export function field(shape: Shape, meaning: string, more: Partial<Field> = {}): Field {
  return { shape, meaning, whenNull: 'never', whenAbsent: 'never', ecs: 'none', ocsf: 'none', ...more };
}

/** The fields of one object, by name. */
export interface Fields {
  readonly [name: string]: Field;
}

type ValueOf<S extends Shape> = S extends 'text'
  ? string
  : S extends 'integer'
    ? number
    : S extends 'flag'
      ? boolean
      : S extends { readonly oneOf: infer Words }
        ? keyof Words & string
        : S extends { readonly word: readonly Vocabulary[] }
          ? string
          : S extends { readonly object: infer Inner extends Fields }
            ? Content<Inner>
            : S extends { readonly listOf: infer Item }
              ? readonly (Item extends Fields ? Content<Item> : string)[]
              : never;

type Held<F extends Field> = F['whenNull'] extends 'never' ? ValueOf<F['shape']> : ValueOf<F['shape']> | null;

/** The JSON object that a table of fields describes, as any version wrote it. `Required` of it is what this one writes. */
export type Content<F extends Fields> = {
  readonly [K in keyof F as F[K]['whenAbsent'] extends 'never' ? K : never]: Held<F[K]>;
} & {
  readonly [K in keyof F as F[K]['whenAbsent'] extends 'never' ? never : K]?: Held<F[K]>;
};

/**
 * Whether a value read from JSON is what the table describes: every field there, each of its shape. Fields that were
 * added later may be missing, and those the table does not know are left alone, since a later version may add some.
 */
export function fits<F extends Fields>(fields: F, value: unknown): value is Content<F> {
  if (!isObject(value)) return false;
  for (const name in fields) {
    const field = fields[name];
    if (field === undefined) return false;
    if (field.whenAbsent !== 'never' && !Object.hasOwn(value, name)) continue;
    if (!holds(field, value[name])) return false;
  }
  return true;
}

function holds({ shape, whenNull }: Field, value: unknown): boolean {
  if (value === null) return whenNull !== 'never';
  if (shape === 'text') return typeof value === 'string';
  if (shape === 'integer') return Number.isSafeInteger(value);
  if (shape === 'flag') return typeof value === 'boolean';
  if ('word' in shape) return typeof value === 'string';
  if ('oneOf' in shape) return typeof value === 'string' && Object.hasOwn(shape.oneOf, value);
  if ('object' in shape) return fits(shape.object, value);
  const { listOf } = shape;
  return (
    Array.isArray(value) && value.every((item) => (listOf === 'text' ? typeof item === 'string' : fits(listOf, item)))
  );
}
