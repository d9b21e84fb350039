import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { format } from 'prettier';
import { z } from 'zod';
import type { ProblemCode } from '../../../lib/text/problems.js';
import { readTree } from '../../../lib/text/yaml.js';
import type { SourceFile } from '../../../lib/text/source.js';
import { caseJsonSchema } from '../../../lib/policy/cases/case-file.js';
import { readPolicies } from '../../../lib/policy/language/reading.js';
import { policyJsonSchema } from '../../../lib/policy/language/schema.js';

const docs = new URL('../../../../docs/', import.meta.url);
const goldens = new URL('../../../../test/policy/language/problems/', import.meta.url);

for (const [name, schema] of [
  ['policy.schema.json', policyJsonSchema()],
  ['policy-cases.schema.json', caseJsonSchema()],
] as const) {
  test(`docs/${name} is what the reader's own schema says`, async (t) => {
    const made = await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
    const place = new URL(name, docs);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(place, made);
    t.is(readFileSync(place, 'utf8'), made);
  });
}

/** Mistakes that an editor can see by the JSON Schema alone. */
const VISIBLE: ReadonlySet<ProblemCode> = new Set([
  'unknown_key',
  'wrong_type',
  'empty_list',
  'bad_value',
  'bad_label',
  'bad_user',
  'bad_method',
]);

/** The published schema, read back by a reader of JSON Schema. */
function published(): z.ZodType {
  const text: unknown = JSON.parse(readFileSync(new URL('policy.schema.json', docs), 'utf8'));
  return z.fromJSONSchema(z.custom<z.core.JSONSchema.JSONSchema>().parse(text));
}

function goldenFiles(): readonly SourceFile[] {
  return readdirSync(goldens).flatMap((name) => {
    const [, ...parts] = readFileSync(new URL(name, goldens), 'utf8').split(/^-- (.+) --\n/m);
    const files: SourceFile[] = [];
    for (let index = 0; index < parts.length; index += 2)
      files.push({ path: `${name}/${parts[index] ?? ''}`, text: parts[index + 1] ?? '' });
    return files.filter(({ path }) => !path.endsWith('/outcome'));
  });
}

test('what the reader takes, the JSON Schema takes; what an editor can see to be wrong, it refuses', (t) => {
  const byJsonSchema = published();
  const seen = { good: 0, bad: 0 };
  for (const file of goldenFiles()) {
    const tree = readTree(file);
    if (tree.content === 'unreadable') continue;
    const reading = readPolicies([file], '2026-11-23');
    const codes =
      reading.kind === 'value'
        ? []
        : reading.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    const accepted = byJsonSchema.safeParse(tree.content.value).success;
    if (codes.length === 0) {
      seen.good += 1;
      t.true(accepted, `${file.path} is good`);
    } else if (codes.some((code) => VISIBLE.has(code))) {
      seen.bad += 1;
      t.false(accepted, `${file.path} has ${codes.join(', ')}`);
    }
  }
  t.true(seen.good >= 5 && seen.bad >= 12, JSON.stringify(seen));
});
