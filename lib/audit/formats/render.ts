import { cef } from './cef.js';
import { ecs } from './ecs.js';
import { ocsf } from './ocsf.js';
import { type About, type Entry, summarise } from './summary.js';
import { jsonLine, jsonObject, type JsonObject } from './json-object.js';

/** Every format, with what it is for people. */
export const FORMATS = {
  own: 'the record as it stands in the journal, as JSON',
  ecs: 'Elastic Common Schema 9.4 (and 8.x), as JSON',
  ocsf: 'OCSF 1.8, as JSON',
  cef: 'ArcSight Common Event Format, version 0',
} as const;

/** The name of a format. */
export type FormatName = keyof typeof FORMATS;

/** A line in a format. */
export interface Rendered {
  /** One line of printable ASCII, without a line end. */
  readonly text: string;
  /** The same as an object, or `'none'` where the format is not JSON. */
  readonly object: Readonly<Record<string, unknown>> | 'none';
}

/**
 * Writes a journal line in a format. Every line has one, also those of the journal's own kinds and those whose content
 * cannot be read; a reader of the other side never has to guess that something was left out.
 */
export function render(format: FormatName, entry: Entry, about: About): Rendered {
  switch (format) {
    case 'own':
      return ofJson(own(entry));
    case 'ecs':
      return ofJson(ecs(summarise(entry), about));
    case 'ocsf':
      return ofJson(ocsf(summarise(entry), about));
    case 'cef':
      return { text: cef(summarise(entry), about), object: 'none' };
  }
}

function own({ hash: id, seq, time, boot, kind, content }: Entry): JsonObject {
  return jsonObject({ id, seq, time, boot, kind, content });
}

function ofJson(object: JsonObject): Rendered {
  return { text: jsonLine(object), object };
}
