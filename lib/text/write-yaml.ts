import { HIDDEN_CHARACTERS } from './problems.js';

/** Data that the strict reader of YAML gives back as it was written. Numbers are whole and not negative. */
export type YamlData = string | number | boolean | readonly YamlData[] | { readonly [key: string]: YamlData };

/** A value on one line, texts always in quotes: what `readTree` reads from it is equal. */
export function yamlValue(data: YamlData): string {
  if (typeof data === 'string') return quotedText(data);
  if (typeof data !== 'object') return String(data);
  if (isList(data)) return `[${data.map(yamlValue).join(', ')}]`;
  const entries = Object.entries(data).map(([key, value]) => `${yamlKey(key)}: ${yamlValue(value)}`);
  return `{${entries.join(', ')}}`;
}

/** `key: value` on a line. */
export function yamlEntry(key: string, value: YamlData, comment = ''): string {
  return `${yamlKey(key)}: ${yamlValue(value)}${commentText(comment)}`;
}

/** One line of a list. */
export function yamlItem(value: YamlData, comment = ''): string {
  return `- ${yamlValue(value)}${commentText(comment)}`;
}

function isList(data: YamlData): data is readonly YamlData[] {
  return Array.isArray(data);
}

function yamlKey(key: string): string {
  return /^(?!(?:true|false|null)$)[a-z]+(?:-[a-z]+)*$/.test(key) ? key : quotedText(key);
}

/** As in JSON, with the characters escaped that the reader refuses because people do not see them. */
function quotedText(text: string): string {
  const escaped = (found: string): string => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replaceAll(new RegExp(HIDDEN_CHARACTERS, 'gu'), escaped);
}

/** A comment cannot end the line or hide anything. */
function commentText(comment: string): string {
  return comment === '' ? '' : ` # ${comment.replaceAll(/[^ -~]/g, '?')}`;
}
