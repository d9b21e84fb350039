import test from 'ava';
import { createExposition, type Family } from '../../../lib/app/metrics/index.js';

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
