import test from 'ava';
import { connect, judge, outcome, policies } from '../samples.js';

test('a name is found under suffixes of every depth up to the longest that is written, and a very long name costs no more', (t) => {
  const set = policies({
    allow: [
      { id: 'deep', to: ['*.d.c.b.example'] },
      { id: 'shallow', to: ['*.example'] },
    ],
  });
  const ids = (host: string): readonly string[] => {
    const verdict = judge(set, connect(`${host}:443`));
    return verdict.kind === 'clearance' && verdict.ground.kind === 'rules'
      ? verdict.ground.rules.map(({ id }) => id)
      : [outcome(verdict)];
  };
  t.deepEqual(ids('e.d.c.b.example'), ['deep', 'shallow']);
  t.deepEqual(ids('d.c.b.example'), ['shallow']);
  t.deepEqual(ids(`${'x.'.repeat(110)}d.c.b.example`), ['deep', 'shallow']);
  t.deepEqual(ids('example'), ['destination_not_allowed']);
  t.deepEqual(ids('__proto__'), ['destination_not_allowed']);
});

test('a rule that lists a host in several ways stands once', (t) => {
  const set = policies({ allow: [{ to: ['a.example', '*.example', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32'] }] });
  for (const host of ['a.example', '10.1.2.3']) {
    const verdict = judge(set, connect(`${host}:443`));
    t.is(verdict.kind === 'clearance' && verdict.ground.kind === 'rules' ? verdict.ground.rules.length : 0, 1);
  }
});
