import test from 'ava';
import { z } from 'zod';
import { readValue } from '../../lib/text/shape.js';

test('a value that is not of a file is refused with its own first problem', (t) => {
  const schema = z.strictObject({ port: z.number().max(65_535) });
  t.deepEqual(readValue(schema, { port: 1 }), { kind: 'value', value: { port: 1 } });
  const read = readValue(schema, { port: 70_000 });
  t.is(read.kind, 'problems');
  t.notRegex(JSON.stringify(read), /"invalid"/, 'the words for what has no problem of its own');
  t.regex(JSON.stringify(read), /65535/);
});
