import test from 'ava';
import fc from 'fast-check';
import { Registry } from '../../../lib/proxy/registry/index.js';

test('whatever comes and goes, the register holds exactly what came and has not gone', (t) => {
  const steps = fc.array(fc.oneof(fc.constant('enter'), fc.nat()), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (plan) => {
      const register = new Registry<{ readonly number: number }>();
      const here = new Map<number, () => void>();
      for (const [number, step] of plan.entries()) {
        if (step === 'enter') {
          here.set(number, register.add({ number }));
        } else {
          const [key, leave] = [...here][step % Math.max(1, here.size)] ?? [];
          if (key !== undefined) here.delete(key);
          leave?.();
        }
        t.is(register.size, here.size);
        const numbers = register.all().map(({ number }) => number);
        t.deepEqual(
          numbers.sort((a, b) => a - b),
          [...here.keys()],
        );
      }
    }),
    { numRuns: 50 },
  );
});

test('who looks through the register may let entries leave meanwhile', (t) => {
  const register = new Registry<{ readonly leave: () => void }>();
  for (let i = 0; i < 5; i += 1) {
    const entry = { leave: (): void => leave() };
    const leave = register.add(entry);
  }
  for (const { leave } of register.all()) leave();
  t.is(register.size, 0);
});
