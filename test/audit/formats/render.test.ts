import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { FORMATS, render, type FormatName } from '../../../lib/audit/formats/index.js';
import { hostile, records } from '../arbitraries.js';
import { ABOUT, ENTRIES, entryOf, entryOfRecord } from './entries.js';

const FORMAT_NAMES: readonly FormatName[] = ['own', 'ecs', 'ocsf', 'cef'];
const ASCII = /^[ -~]+$/;

for (const format of FORMAT_NAMES) {
  test(`every kind of record and verdict is written in ${format} as the golden file shows`, (t) => {
    const golden = new URL(`../../../../test/audit/formats/${format}.golden`, import.meta.url);
    const written = Object.entries(ENTRIES)
      .map(([sentence, entry]) => `# ${sentence}\n${render(format, entry, ABOUT).text}\n`)
      .join('\n');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, written);
    t.is(written, readFileSync(golden, 'utf8'));
  });

  test(`whatever a record holds, in ${format} it is one line of ASCII`, (t) => {
    fc.assert(
      fc.property(records, (record) => ASCII.test(render(format, entryOfRecord(record), ABOUT).text)),
      { numRuns: 300 },
    );
    const texts = fc.dictionary(hostile, hostile);
    fc.assert(
      fc.property(fc.constantFrom('later', 'close', 'segment'), texts, (kind, content) =>
        ASCII.test(render(format, entryOf(kind, content), ABOUT).text),
      ),
    );
    t.pass();
  });

  test(`a name of 100 KiB stays one line of ASCII in ${format}`, (t) => {
    const name = '\u0000é\n"|=\\\ud800'.repeat(12_800);
    t.regex(render(format, entryOf('admin', { action: name, detail: name }), ABOUT).text, ASCII);
  });
}

test('the formats are those that are documented', (t) => {
  t.deepEqual(Object.keys(FORMATS), [...FORMAT_NAMES]);
});

test('own JSON gives back what the journal holds, and its id', (t) => {
  for (const entry of Object.values(ENTRIES)) {
    const { hash, ...rest } = entry;
    t.deepEqual(JSON.parse(render('own', entry, ABOUT).text), { id: hash, ...rest });
  }
});

test('the object of a JSON format is what its text says; CEF has none', (t) => {
  for (const entry of Object.values(ENTRIES)) {
    for (const format of ['own', 'ecs', 'ocsf'] as const) {
      const { text, object } = render(format, entry, ABOUT);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(object)));
    }
    t.is(render('cef', entry, ABOUT).object, 'none');
  }
});
