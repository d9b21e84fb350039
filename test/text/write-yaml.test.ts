import fc from 'fast-check';
import test from 'ava';
import { yamlEntry, yamlItem, yamlValue, type YamlData } from '../../lib/text/write-yaml.js';
import { readTree } from '../../lib/text/yaml.js';

const key = fc.string({ minLength: 1 }).filter((text) => text !== '<<' && text !== '__proto__');
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '1e3', '~', '- a', 'a: b # c', '\u200b'),
);
const { data } = fc.letrec<{ data: YamlData }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText,
    fc.nat(),
    fc.boolean(),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(key, tie('data'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

function read(text: string): unknown {
  const { content, problems } = readTree({ path: 'p.yaml', text });
  if (content === 'unreadable' || problems.length > 0) throw new Error(`${text}: ${JSON.stringify(problems)}`);
  return content.value;
}

test('whatever is written reads back equal', (t) => {
  fc.assert(fc.property(data, (value) => t.deepEqual(read(yamlValue(value)), value)));
});

test('entries and list items read back equal, whatever their comments hold', (t) => {
  fc.assert(
    fc.property(key, anyText, anyText, (name, value, comment) => {
      t.deepEqual(read(yamlEntry(name, [value], comment)), { [name]: [value] });
      t.deepEqual(read(`${yamlItem(value, comment)}\n${yamlItem(name, comment)}`), [value, name]);
    }),
  );
});

test('plain keys stay plain, texts are always quoted', (t) => {
  t.is(yamlEntry('host-keys', ['SHA256:x'], 'ssh-ed25519'), 'host-keys: ["SHA256:x"] # ssh-ed25519');
  t.is(yamlEntry('true', 'no'), '"true": "no"');
  t.is(yamlItem('a\nb', 'one\ntwo'), '- "a\\nb" # one?two');
});
