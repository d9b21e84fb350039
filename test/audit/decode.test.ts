import test from 'ava';
import fc from 'fast-check';
import { decode, encode, recordFields, type Field, type Fields } from '../../lib/audit/index.js';
import { records } from './arbitraries.js';
import { CLOSE, DECISION, SAMPLES } from './samples.js';

test('what encode writes, decode reads back the same', (t) => {
  fc.assert(
    fc.property(records, (record) => {
      const entry = encode(record);
      const read = decode(entry.kind, JSON.parse(JSON.stringify(entry.content)));
      t.deepEqual(read, entry);
    }),
  );
});

test("the journal's own entries are foreign", (t) => {
  for (const kind of ['recover', 'segment', 'checkpoint', '', 'toString', '__proto__'])
    t.is(decode(kind, {}), 'foreign');
});

test('an entry of ours without its content is malformed', (t) => {
  for (const kind of Object.keys(recordFields)) {
    for (const content of [undefined, null, 'text', 7, [], {}]) t.is(decode(kind, content), 'malformed');
  }
});

test('a field that is missing or of another shape makes a record malformed', (t) => {
  for (const record of Object.values(SAMPLES)) {
    const { kind, content } = encode(record);
    for (const [name, field] of Object.entries<Field>(recordFields[kind])) {
      const missing = decode(kind, without(content, name));
      if (field.whenAbsent === 'never') t.is(missing, 'malformed', `${kind} without ${name}`);
      else t.like(missing, { kind }, `${kind} without ${name}, which was added later`);
      for (const wrong of wrongFor(field))
        t.is(decode(kind, { ...content, [name]: wrong }), 'malformed', `${kind}.${name}`);
    }
  }
});

test('fields and words that a later version added are accepted', (t) => {
  const { kind, content } = encode(DECISION);
  const later = {
    ...content,
    reason: 'thumbprint_pinned',
    thumbprint: '8A7B',
    client: { ip: '10.20.0.5', port: 1, identity: 'network', user: null, user_hash: null, asn: 64512 },
  };
  const read = decode(kind, later);
  t.deepEqual<unknown, unknown>(read, { kind, content: later });
});

test('a close that a version before wrote is read as it stands, and says nothing of what that version did not look at', (t) => {
  const line =
    '{"attempt":"0199d1f0-8a00-7000-8000-000000000001","dialled":{"ip":"93.184.216.34","port":443,"reused":false},' +
    '"seen":"tls","server_name":"any.nuget.org","alpn":["h2","http/1.1"],"software_version":null,"status":200,' +
    '"bytes_out":1520,"bytes_in":48211,"duration_ms":912,"ended_by":"policy_change","detail":null}';
  const read = decode('close', JSON.parse(line));
  if (read === 'foreign' || read === 'malformed' || read.kind !== 'close') return t.fail(JSON.stringify(read));
  t.is(JSON.stringify(read.content), line);
  t.deepEqual(
    [read.content.checks, read.content.would_deny, read.content.server_shown],
    [undefined, undefined, undefined],
  );
  const added = Object.entries<Field>(recordFields.close).filter(([, { whenAbsent }]) => whenAbsent !== 'never');
  t.deepEqual(
    Object.keys(encode(CLOSE).content).sort(),
    [...Object.keys(read.content), ...added.map(([name]) => name)].sort(),
  );
});

/** Values that a field of this shape must not hold. */
function wrongFor({ shape, whenNull }: Field): unknown[] {
  const always = whenNull === 'never' ? [undefined, null] : [undefined];
  if (shape === 'text') return [...always, 7, true, {}, ['x']];
  if (shape === 'integer') return [...always, '7', 1.5, Number.MAX_VALUE, Number.NaN, true];
  if (shape === 'flag') return [...always, 'true', 1];
  if ('word' in shape) return [...always, 7, {}];
  if ('oneOf' in shape) return [...always, 'maybe', 'toString', 7];
  if ('object' in shape) return [...always, 'x', [], emptied(shape.object)];
  return [...always, 'x', {}, [7], [null], [[]]];
}

/** An object with every field, and every one of another shape. */
function emptied(fields: Fields): object {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, {}]));
}

function without(content: object, name: string): object {
  return Object.fromEntries(Object.entries(content).filter(([other]) => other !== name));
}
