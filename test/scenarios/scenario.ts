/**
 * A scenario is one whole trip in one text file: a first line that says in words what happens, then sections under
 * `-- name --` lines. Those of the first kind set the world up, the others tell what is to be seen afterwards.
 */

/** The sections that set up the world. `addresses`: it needs a network of its own, in which these are its own too. */
export const GIVEN = ['addresses', 'policy', 'config', 'users', 'hosts', 'dns', 'origin', 'client'] as const;

/** The sections that tell what is to be seen; each one present is compared. */
export const SEEN = ['reply', 'reply in full', 'upstream', 'lookups', 'journal', 'trail'] as const;

/** A section's name. */
export type Section = (typeof GIVEN)[number] | (typeof SEEN)[number];

/** A scenario as it was read. */
export interface Scenario {
  readonly title: string;
  readonly sections: ReadonlyMap<Section, string>;
}

/** Reads a scenario's text; throws with the line number when it is none. */
export function readScenario(text: string): Scenario {
  const title: string[] = [];
  const sections = new Map<Section, string>();
  let current: Section | undefined;
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const name = /^-- (.+) --$/.exec(line)?.[1];
    if (name !== undefined) {
      if (!isSection(name)) throw new Error(`line ${index + 1}: no section is called ${name}`);
      if (sections.has(name)) throw new Error(`line ${index + 1}: a second section ${name}`);
      current = name;
      sections.set(name, '');
    } else if (current !== undefined) sections.set(current, `${sections.get(current) ?? ''}${line}\n`);
    else if (line.startsWith('# ')) title.push(line.slice(2));
    else if (line !== '') throw new Error(`line ${index + 1}: expected a title line, # in words`);
  }
  if (title.length === 0) throw new Error('line 1: expected a title line, # in words');
  return { title: title.join(' ').replace(/\.$/, ''), sections };
}

function isSection(name: string): name is Section {
  return [...GIVEN, ...SEEN].some((section) => section === name);
}

/** Writes what was seen into the scenario's text in place of what was expected. */
export function rewrite(text: string, seen: ReadonlyMap<Section, string>): string {
  const [title = '', ...parts] = text.split(/^(?=-- .+ --$)/m);
  const rewritten = parts.map((part) => {
    const name = /^-- (.+) --/.exec(part)?.[1] ?? '';
    const now = isSection(name) ? seen.get(name) : undefined;
    return now === undefined ? part : `-- ${name} --\n${now}`;
  });
  return [title, ...rewritten].join('');
}
