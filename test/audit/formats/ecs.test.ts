import test from 'ava';
import fc from 'fast-check';
import { recordFields } from '../../../lib/audit/index.js';
import { render } from '../../../lib/audit/formats/index.js';
import { records } from '../arbitraries.js';
import { fieldPaths } from '../fields/field-tables.js';
import { CLIENT_THUMBPRINT, HOST_KEY, THUMBPRINT } from '../samples.js';
import { ECS_CATEGORIES, ECS_NAMES } from './ecs-names.js';
import { ABOUT, ENTRIES, entryOfRecord } from './entries.js';
import { textsIn, valuesIn } from './values.js';

const TYPES = new Map(Object.entries(ECS_NAMES).flatMap(([type, names]) => names.map((name) => [name, type] as const)));

function problemsOf(event: unknown): string[] {
  return [...valuesIn(event)].flatMap(([path, value]) => {
    if (path.startsWith('tidegate.')) return [];
    const type = TYPES.get(path.replaceAll('[]', ''));
    if (type === undefined) return [`${path} is no field of ECS`];
    const numeric = ['long', 'float'].includes(type.replace('[]', ''));
    return (typeof value === 'number') === numeric ? [] : [`${path} is no ${type}`];
  });
}

test('every field is one of the published Elastic Common Schema, of its type, or under tidegate', (t) => {
  for (const [sentence, entry] of Object.entries(ENTRIES)) {
    t.deepEqual(problemsOf(render('ecs', entry, ABOUT).object), [], sentence);
  }
  fc.assert(
    fc.property(records, (record) => problemsOf(render('ecs', entryOfRecord(record), ABOUT).object).length === 0),
  );
});

test('the check of names finds a field that ECS does not have', (t) => {
  t.deepEqual(problemsOf({ event: { id: 'x', colour: 'red' } }), ['event.colour is no field of ECS']);
  t.deepEqual(problemsOf({ event: { sequence: 'x' } }), ['event.sequence is no long']);
});

test('the ECS names in the tables of fields are published ones', (t) => {
  for (const fields of Object.values(recordFields)) {
    for (const [path, { ecs, shape }] of fieldPaths(fields)) {
      if (ecs === 'none' || (typeof shape !== 'string' && 'object' in shape)) continue;
      for (const name of ecs.split(', ')) t.true(TYPES.has(name), `${path}: ${name}`);
    }
  }
});

test('the types of an event are those that its category expects', (t) => {
  for (const entry of Object.values(ENTRIES)) {
    const { event } = JSON.parse(render('ecs', entry, ABOUT).text) as {
      event: { category?: [string]; type?: string[] };
    };
    const [category = 'none'] = event.category ?? [];
    for (const type of event.type ?? []) t.true(ECS_CATEGORIES[category]?.includes(type), `${category} ${type}`);
  }
});

test('no value of a record is lost on the way to ECS', (t) => {
  fc.assert(
    fc.property(records, (record) => {
      const entry = entryOfRecord(record);
      const there = textsIn(render('ecs', entry, ABOUT).object);
      const kept = (text: string): boolean =>
        there.has(text) || there.has(`${Number(text) * 1e6}`) || there.has(text.replace(/^TLSv/, ''));
      return [...textsIn(entry.content)].every(kept);
    }),
  );
  t.pass();
});

test('durations are nanoseconds, and a literal destination is an address, not a domain', (t) => {
  const of = (sentence: string): unknown => JSON.parse(render('ecs', ENTRIES[sentence] ?? fail(), ABOUT).text);
  t.like(of('a tunnel is closed by its client'), { event: { duration: 912_000_000 } });
  t.like(of('a destination on a deny list is denied'), { destination: { ip: '169.254.169.254', domain: undefined } });
  t.like(of('a tunnel is allowed by a rule'), { destination: { ip: undefined, domain: 'any.nuget.org' } });
});

test('certificates that the tunnel showed are of its TLS, and one that only a probe saw is related', (t) => {
  const of = (sentence: string): unknown => JSON.parse(render('ecs', ENTRIES[sentence] ?? fail(), ABOUT).text);
  t.like(of('a Tentacle is verified, and its client is noted'), {
    tls: {
      version: '1.2',
      version_protocol: 'tls',
      server: { hash: { sha1: THUMBPRINT } },
      client: { hash: { sha1: CLIENT_THUMBPRINT } },
    },
    related: { hash: [THUMBPRINT, CLIENT_THUMBPRINT] },
    rule: { ruleset: 'production', id: 'tentacles' },
  });
  const probed = of('a Tentacle that the tunnel hides is probed');
  t.like(probed, { tls: { version: '1.3', server: undefined }, related: { hash: [THUMBPRINT] } });
  t.like(of('a changed SSH host key is denied'), {
    tls: undefined,
    related: { hash: [HOST_KEY] },
    tidegate: { close: { checks: [{ fact: 'host_key', outcome: 'mismatch', seen: HOST_KEY }] } },
  });
});

function fail(): never {
  throw new Error('there is no such entry');
}
