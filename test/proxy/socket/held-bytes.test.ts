import test from 'ava';
import fc from 'fast-check';
import { HeldBytes } from '../../../lib/proxy/socket/held-bytes.js';

test('whatever is appended, put back, dropped and taken, the bytes are those of plain concatenation', (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), text: fc.string({ unit: 'binary-ascii', maxLength: 3000 }) }),
    fc.record({ kind: fc.constant('prepend' as const), text: fc.string({ unit: 'binary-ascii', maxLength: 10 }) }),
    fc.record({ kind: fc.constant('drop' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('take' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const held = new HeldBytes();
      let expected = '';
      const given: { readonly view: Buffer; readonly text: string }[] = [];
      for (const each of steps) {
        if (each.kind === 'append') {
          held.append(Buffer.from(each.text));
          expected += each.text;
        } else if (each.kind === 'prepend') {
          held.prepend(Buffer.from(each.text));
          expected = each.text + expected;
        } else if (each.kind === 'drop') {
          const length = Math.floor(each.share * expected.length);
          held.drop(length);
          expected = expected.slice(length);
        } else {
          t.is(String(held.take()), expected);
          expected = '';
        }
        given.push({ view: held.bytes, text: expected });
        t.is(held.length, expected.length);
        t.is(String(held.bytes), expected);
      }
      for (const { view, text } of given) t.is(String(view), text, 'what was handed out has changed');
    }),
  );
});

test('bytes that come one by one are copied a few times in all, not once for each', (t) => {
  const held = new HeldBytes();
  const stores = new Set<ArrayBufferLike>();
  for (let count = 0; count < 65_536; count += 1) {
    held.append(Buffer.from('x'));
    stores.add(held.bytes.buffer);
  }
  t.is(held.length, 65_536);
  t.true(stores.size < 20, `${stores.size} stores`);
});
