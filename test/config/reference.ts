import { z } from 'zod';
import { keys, settings, variableOf } from '../../lib/config/index.js';

type Json = Readonly<Record<string, unknown>>;

/** The command that writes the generated pages again. */
export const REGENERATE = 'npm run build && UPDATE_GOLDEN=1 node build/test/run.js config/settings';

/** The JSON Schema of `tidegate.yaml`: `docs/tidegate.schema.json`. */
export function configSchema(): Json {
  const top: Record<string, Json> = {};
  const sections = new Map<string, Record<string, Json>>();
  for (const key of keys) {
    const { kind, help, defaultText } = settings[key];
    const [section = '', name] = key.split('.');
    const schema = { description: `${help} (default: ${defaultText})`, ...kind.schema };
    if (name === undefined) top[key] = schema;
    else {
      const members = sections.get(section) ?? {};
      members[name] = schema;
      sections.set(section, members);
      top[section] = { type: 'object', properties: members, additionalProperties: false };
    }
  }
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'tidegate configuration' };
  return { ...head, type: ['object', 'null'], properties: top, additionalProperties: false };
}

/** The page `docs/settings.md`. */
export function settingsPage(): string {
  const rows = keys.map((key) => {
    const { kind, help, defaultText, flag } = settings[key];
    const variable = kind.text === 'file_only' ? '' : `\`${variableOf(key)}\``;
    return [
      `\`${key}\``,
      defaultText,
      kind.form,
      help,
      [variable, flag === 'none' ? '' : `\`--${flag}\``].join(' ').trim(),
    ];
  });
  return `# Settings

This page is generated from [settings.ts](../lib/config/settings.ts). To write it again: \`${REGENERATE}\`.

A flag takes precedence over a variable, a variable over the file, and the file over the default. \`tidegate config show\` prints the
value of every setting and its source. The file is the one that \`--config\` or \`TIDEGATE_CONFIG\` names; else \`tidegate.yaml\` in the
working folder, if it belongs to root or to the account of the command and no other account may write it (any other is refused, by
name); else \`/etc/tidegate/tidegate.yaml\` (Windows: \`%ProgramData%\\tidegate\\tidegate.yaml\`). Commands say which policies answered. Unknown keys, flags and \`TIDEGATE_\` variables are errors. In flags and variables, lists are separated by commas. Settings without a
variable can only be set in the file. Relative paths in the file start from the folder of the file, all others from the working folder.

The file is YAML 1.2 without anchors, aliases, tags and merge keys, of at most 1 MiB. Editors complete and check it with
[tidegate.schema.json](tidegate.schema.json).

${table(['setting', 'default', 'value', 'meaning', 'variable and flag'], rows)}

## A file with every setting

\`\`\`yaml
${exampleFile()}\`\`\`

## Sinks

[Sending the trail elsewhere](operations/audit-trail.md#sending-the-trail-elsewhere) explains how sinks behave. Every entry of \`sinks\` has:

${membersPage(shapesOf('sinks'))}
## Anchors

[Anchors](operations/audit-trail.md#anchors) explains what they prove. Every entry of \`anchors\` has:

${membersPage(shapesOf('anchors'))}
## Log transports

Every entry of \`log.transports\` has:

${membersTable(shapesOf('log.transports')[0] ?? NO_SHAPE)}
`;
}

/** A value for every setting whose default depends on the machine, or is no value. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  policies: '/etc/tidegate/policies',
  state: '/var/lib/tidegate',
  'users.file': '/etc/tidegate/users',
  'users.never-challenge': '[10.20.9.0/24]',
  hosts: '{ tentacle-01.corp.example: [10.20.0.5] }',
  'dns.servers': '[10.0.0.53]',
  'limits.connections': '8000',
  'limits.connections-per-client': '6000',
  'journal.key': '/var/lib/tidegate/journal.key',
  anchors: '[]',
  'metrics.listen': '127.0.0.1:9469',
  sinks: '[]',
  'log.transports': '[]',
};

/** A configuration file with every setting; where a default is a constant, the file has it. */
export function exampleFile(): string {
  let open = '';
  return keys
    .map((key) => {
      const [section = '', name] = key.split('.');
      const { kind, defaultText } = settings[key];
      const value = EXAMPLES[key] ?? (kind.text === 'list' ? `[${defaultText}]` : defaultText);
      const heading = name === undefined || section === open ? '' : `${section}:\n`;
      open = name === undefined ? '' : section;
      return `${heading}${name === undefined ? key : `  ${name}`}: ${value}\n`;
    })
    .join('');
}

const shape = z.object({
  properties: z.record(
    z.string(),
    z.looseObject({ description: z.string().optional(), default: z.string().optional() }),
  ),
  required: z.array(z.string()),
});
type Shape = z.output<typeof shape>;
const NO_SHAPE: Shape = { properties: {}, required: [] };

/** The forms that an entry of a list of mappings may have. */
function shapesOf(key: 'sinks' | 'anchors' | 'log.transports'): readonly Shape[] {
  const items = z
    .object({ items: z.union([z.object({ anyOf: z.array(shape) }), shape]) })
    .parse(settings[key].kind.schema).items;
  return 'anyOf' in items ? items.anyOf : [items];
}

/** The members that all forms have, and the options of each use. */
function membersPage(shapes: readonly Shape[]): string {
  const [first = NO_SHAPE] = shapes;
  const rows = {
    ...first.properties,
    use: { description: `one of ${shapes.map(useOf).join(', ')}` },
    options: { description: 'see below' },
  };
  const options = shapes.map(
    (each) => `Options of \`use: ${useOf(each)}\`:\n\n${membersTable(shape.parse(each.properties['options']))}\n`,
  );
  return `${membersTable({ properties: rows, required: first.required })}\n\n${options.join('\n')}`;
}

function useOf({ properties }: Shape): string {
  return z.object({ const: z.string() }).parse(properties['use']).const;
}

function membersTable({ properties, required }: Shape): string {
  const rows = Object.entries(properties).map(([name, { description = '', default: value = '' }]) => [
    `\`${name}\``,
    required.includes(name) ? 'required' : value,
    description,
  ]);
  return table(['key', 'default', 'meaning'], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
