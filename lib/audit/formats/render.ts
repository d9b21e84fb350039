import { cef } from './cef.js';
import { ecs } from './ecs.js';
import type { About, Entry } from './entry.js';
import { ocsf } from './ocsf.js';
import { tell } from './telling.js';
import { jsonLine, tree, type Tree } from './tree.js';

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
  /** The same as an object, or `'none'` where the format is no JSON. */
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
      return ofJson(ecs(tell(entry), about));
    case 'ocsf':
      return ofJson(ocsf(tell(entry), about));
    case 'cef':
      return { text: cef(tell(entry), about), object: 'none' };
  }
}

function own({ hash: id, seq, time, boot, kind, content }: Entry): Tree {
  return tree({ id, seq, time, boot, kind, content });
}

function ofJson(object: Tree): Rendered {
  return { text: jsonLine(object), object };
}
