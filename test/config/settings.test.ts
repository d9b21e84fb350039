import { readFile } from 'node:fs/promises';
import test from 'ava';
import { parse } from 'yaml';
import { settings, variableOf } from '../../lib/config/index.js';
import { layerSchema } from '../../lib/config/schema.js';
import { config } from './fixture.js';

test('every key of the schema is a setting, and every setting a key of the schema', (t) => {
  const inSchema = Object.entries(layerSchema('/').shape).flatMap(([key, value]) => {
    const inner = value.unwrap();
    return 'shape' in inner ? Object.keys(inner.shape).map((each) => `${key}.${each}`) : [key];
  });
  t.deepEqual(settings.map(({ key }) => key).sort(), inSchema.sort());
});

test('every setting can be shown, and secrets of transports are not', async (t) => {
  const read = await config(t, 'log: {transports: [{use: http, options: {auth: {password: hunter2}}}]}\n');
  for (const { key, show } of settings) {
    t.not(show(read), '', key);
    t.notRegex(show(read), /hunter2|undefined|\[object/, key);
  }
});

test('the variable of a key follows from the key', (t) => {
  t.is(variableOf('dns.timeout'), 'TIDEGATE_DNS_TIMEOUT');
  t.is(variableOf('limits.connections-per-client'), 'TIDEGATE_LIMITS_CONNECTIONS_PER_CLIENT');
  const variables = settings.map(({ key }) => variableOf(key));
  t.is(new Set(variables).size, variables.length);
});

test('the example in docs/operations.md has every key, and can be read', async (t) => {
  const page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const [, example = ''] = /## Settings[^]*?```yaml\n([^]*?)```/.exec(page) ?? [];
  const told = Object.entries(parse(example) as Record<string, unknown>).flatMap(([key, value]) =>
    settings.some((setting) => setting.key === key)
      ? [key]
      : Object.keys(value as object).map((each) => `${key}.${each}`),
  );
  t.deepEqual(told.sort(), settings.map(({ key }) => key).sort());
  await t.notThrowsAsync(config(t, example));
  for (const { flag } of settings) if (flag !== 'none') t.true(page.includes(`--${flag.name}`), flag.name);
});

test('what the example in docs/operations.md calls the default is the default', async (t) => {
  const page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const [, example = ''] = /## Settings[^]*?```yaml\n([^]*?)```/.exec(page) ?? [];
  const told = await config(t, example);
  const { listen, timeouts, limits, progressMs, drainMs, revocation, log } = await config(t, '');
  t.deepEqual({ ...told, listen, timeouts, limits, progressMs, drainMs, revocation, log }, told);
});
