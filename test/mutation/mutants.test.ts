import test from 'ava';
import { mutantsOf, withMutant } from './mutants.js';

function mutations(text: string): string[] {
  return mutantsOf('a.ts', text).map((mutant) => withMutant(text, mutant));
}

test('mutants change operators, conditions, arms and literals of values', (t) => {
  t.deepEqual(mutations('x = a < 2;'), [';', 'x = a <= 2;', 'x = a < (2 + 1);']);
  t.deepEqual(mutations('if (a) b();'), ['if (!(a)) b();', 'if (a) ;']);
  t.deepEqual(mutations('const x = a ? b : c;'), ['const x = (b);', 'const x = (c);']);
  t.deepEqual(mutations('const x = a ?? b;'), ['const x = (a);', 'const x = (b);']);
  t.deepEqual(mutations("const x = 'a';"), ["const x = '';"]);
  t.deepEqual(mutations('const x = a.filter(f).some(g);'), ['const x = a.some(g);', 'const x = a.filter(f).every(g);']);
  t.deepEqual(mutations('const x = /^a$/u;'), ['const x = /a$/u;', 'const x = /^a/u;']);
});

test('types, imports and names are left alone', (t) => {
  t.deepEqual(mutations("import { a } from './a.js'; type A = 'b' | 1; interface B { c: true }"), []);
  t.deepEqual(mutations("function f(a: 'b'): 1;"), []);
});
