import test from 'ava';
import { createExposition, families, type Family } from '../../../lib/app/metrics/index.js';
import { exampleFacts } from '../facts/example-facts.js';

test('families are read each time somebody asks, and what is gone is not shown', async (t) => {
  let names = ['a', 'b'];
  const labelled: Family<unknown> = {
    ...{ name: 'tidegate_lag', help: 'Lag.', labels: ['sink'] },
    type: 'gauge',
    read: () => names.map((sink) => ({ labels: { sink }, value: names.length })),
  };
  const exposition = createExposition([labelled], () => undefined);
  t.regex(await exposition.text(), /tidegate_lag\{sink="a"\} 2\ntidegate_lag\{sink="b"\} 2/);
  names = ['b'];
  const later = await exposition.text();
  t.regex(later, /tidegate_lag\{sink="b"\} 1/);
  t.notRegex(later, /sink="a"/);
});

test('a counter shows what is counted elsewhere', async (t) => {
  let count = 3;
  const counted: Family<unknown> = {
    ...{ name: 'tidegate_things_total', help: 'Things.', labels: [] },
    type: 'counter',
    read: () => [{ value: count }],
  };
  const exposition = createExposition([counted], () => undefined);
  t.regex(await exposition.text(), /# TYPE tidegate_things_total counter\ntidegate_things_total 3/);
  count = 5;
  t.regex(await exposition.text(), /tidegate_things_total 5/);
});

test('a family without readings has no numbers', async (t) => {
  const none: Family<unknown> = { name: 'tidegate_none', help: 'None.', type: 'gauge', labels: [], read: () => [] };
  t.notRegex(await createExposition([none], () => undefined).text(), /^tidegate_none /m);
});

/** What `promtool check metrics` says of names: rules of promlint, in client_golang. */
function refusals(text: string): string[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name = '']) => name));
  return [...types].flatMap(([name, type]) => [
    ...((type === 'counter') === name.endsWith('_total') ? [] : [`${name}: only counters end in _total`]),
    ...(helped.has(name) ? [] : [`${name}: no help`]),
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name}: not in snake_case`]),
    ...(/_(counter|gauge|summary|histogram)(_|$)/.test(name) ? [`${name}: its type is in its name`] : []),
    ...(/_(s|ms|us|ns|sec|b|kb|mb|gb|tb|pb|m|h|d)(_|$)/.test(name) ? [`${name}: an abbreviated unit`] : []),
    ...(/_((nano|micro|milli|kilo|kibi|mega|giga)[a-z]+|minutes|hours|days|weeks|bits)(_|$)/.test(name)
      ? [`${name}: not a base unit`]
      : []),
    ...(type !== 'histogram' && /_bucket$/.test(name) ? [`${name}: ends as parts of histograms do`] : []),
    ...(!/^(histogram|summary)$/.test(type) && /_(count|sum)$/.test(name)
      ? [`${name}: ends as parts of summaries do`]
      : []),
  ]);
}

test('every metric has a name that promtool accepts, those of the process too', async (t) => {
  const text = await createExposition(families, () => exampleFacts()).text();
  t.deepEqual(refusals(text), []);
  t.regex(text, /^# TYPE nodejs_active_resources gauge$/m);
  t.deepEqual(refusals('# HELP a_total A.\n# TYPE a_total gauge\n# TYPE b_ms gauge'), [
    'a_total: only counters end in _total',
    'b_ms: no help',
    'b_ms: an abbreviated unit',
  ]);
});
