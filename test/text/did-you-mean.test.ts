import test from 'ava';
import { didYouMean } from '../../lib/text/did-you-mean.js';

test('the hint names the closest known word, and there is none when no word is close', (t) => {
  const keys = ['methods', 'paths', 'protocol', 'ports', 'to', 'id', 'listen', 'dns.timeout', 'log.level'];
  const hints: Readonly<Record<string, string>> = {
    metods: 'methods',
    mehtods: 'methods',
    PORTS: 'ports',
    protocols: 'protocol',
    tp: 'to',
    di: 'id',
    listne: 'listen',
    'LOG.LEVEL': 'log.level',
    'dns.time-out': 'dns.timeout',
  };
  for (const [word, meant] of Object.entries(hints)) t.is(didYouMean(word, keys), `did you mean "${meant}"?`);
  // A swap and a deletion are two steps, one more than a short word may need.
  for (const word of ['zebra', '', 'oth', 'x'.repeat(10_000)]) t.is(didYouMean(word, keys), 'none', word.slice(0, 20));
  t.is(didYouMean('x', []), 'none');
});

test('the word can be shown in the form in which it is written', (t) => {
  t.is(
    didYouMean('gihtub', ['github'], (word) => `group:${word}`),
    'did you mean "group:github"?',
  );
});
