import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import test from 'ava';
import { connect, document, judge, noon } from '../samples.js';
import {
  admit,
  Assembly,
  assembleAtOnce,
  compile,
  emptyPolicySet,
  policySetOf,
  type Slice,
} from '../../../lib/policy/index.js';

const files = [
  document({
    name: 'a',
    users: ['u'],
    allow: [{ to: ['api.example', '*.web.example'] }],
    deny: [{ to: ['bad.web.example'] }],
  }),
  document({ name: 'b', mode: 'observe', networks: ['10.0.0.0/8'], allow: [{ to: ['10.40.0.0/16'] }] }),
];

test('a set that came through a port judges as one that was made here', (t) => {
  const { port1, port2 } = new MessageChannel();
  for (const slice of compile(files, 'r')) port2.postMessage(slice);
  const assembly = new Assembly();
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1))
    assembly.add(next.message as Slice);
  const set = assembly.finish();
  port1.close();
  const here = policySetOf(files, 'r');
  for (const asked of [
    connect('api.example:443', { user: 'u' }),
    connect('bad.web.example:443', { user: 'u' }),
    connect('10.40.0.1:443', { from: '10.0.0.1' }),
    connect('other.example:443', { from: '10.0.0.1' }),
    connect('other.example:443'),
  ]) {
    t.deepEqual(judge(set, asked), judge(here, asked));
  }
});

test('a set is assembled slice by slice, and others can work in between', async (t) => {
  const assembly = new Assembly();
  for (const slice of compile(files, 'r')) {
    assembly.add(slice);
    await new Promise((settle) => setImmediate(settle));
  }
  const asked = connect('10.40.0.1:443', { from: '10.0.0.1' });
  t.deepEqual(judge(assembly.finish(), asked), judge(policySetOf(files, 'r'), asked));
});

test('a set reports its revision, its policies by file, and how many rules it has', (t) => {
  const set = policySetOf(files.toReversed(), 'abc');
  t.is(set.revision, 'abc');
  t.is(set.ruleCount, 2);
  t.deepEqual(set.policies, [
    { name: 'a', file: 'a.yaml', mode: 'enforce', rules: 1, denies: 1 },
    { name: 'b', file: 'b.yaml', mode: 'observe', rules: 1, denies: 0 },
  ]);
});

test('law 1: the empty set denies, and says which revision it is', (t) => {
  const verdict = admit(emptyPolicySet('none-yet'), connect('api.example:443'), noon);
  t.like(verdict, { kind: 'denied', reason: 'no_policy', revision: 'none-yet' });
});

test('slices without the first are a mistake of the caller, and say so', (t) => {
  t.throws(() => assembleAtOnce([]), { message: /first slice/ });
  t.throws(() => assembleAtOnce(compile(files, 'r').filter(({ kind }) => kind !== 'policies')), {
    message: /policy 0/,
  });
});
