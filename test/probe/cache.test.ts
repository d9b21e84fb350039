import test from 'ava';
import { parseAddress } from '../../lib/address/index.js';
import { ProbeCache, type ProbeFailed, type ProbeSubject } from '../../lib/probe/index.js';

type Answer = { readonly kind: 'shown'; readonly which: number };
const FAILED: ProbeFailed = { kind: 'failed', why: 'closed', detail: 'the connection was closed' };

function subject(asked = 'web.test', port = 10_933, address = '192.0.2.1'): ProbeSubject {
  const parsed = parseAddress(address);
  if (parsed.kind !== 'parsed') throw new Error(address);
  return { protocol: 'tls', address: parsed.value, port, asked };
}

/** A memory with a clock of its own, and a probe that counts how often it was made. */
function world(entries?: number) {
  const clock = { at: 1_000 };
  const made = { count: 0 };
  const memory = new ProbeCache<Answer>({ now: () => clock.at, ...(entries === undefined ? {} : { entries }) });
  const probe = (): Promise<Answer> => Promise.resolve({ kind: 'shown', which: ++made.count });
  return { clock, made, memory, probe };
}

test('an answer is remembered for five minutes', async (t) => {
  const { clock, memory, probe } = world();
  t.like(await memory.ask(subject(), probe), { which: 1 });
  clock.at += 299_999;
  t.like(await memory.ask(subject(), probe), { which: 1 });
  clock.at += 1;
  t.like(await memory.ask(subject(), probe), { which: 2 });
});

test('a failure is remembered for two seconds', async (t) => {
  const { clock, memory, probe } = world();
  t.is(await memory.ask(subject(), () => Promise.resolve(FAILED)), FAILED);
  clock.at += 1_999;
  t.is(await memory.ask(subject(), probe), FAILED);
  clock.at += 1;
  t.like(await memory.ask(subject(), probe), { which: 1 });
});

test('who asks while a probe is under way waits for that one', async (t) => {
  const { clock, memory, made } = world();
  let answer: (shown: Answer) => void = () => undefined;
  const slow = (): Promise<Answer> => {
    made.count++;
    return new Promise((resolve) => (answer = resolve));
  };
  const asked = [memory.ask(subject(), slow), memory.ask(subject(), slow)];
  clock.at += 3_600_000;
  memory.forget(subject());
  asked.push(memory.ask(subject(), slow));
  answer({ kind: 'shown', which: 7 });
  for (const shown of await Promise.all(asked)) t.like(shown, { which: 7 });
  t.is(made.count, 1);
});

test('another address, port, name or protocol is another question', async (t) => {
  const { memory, probe } = world();
  const others = [
    subject(),
    subject('other.test'),
    subject('web.test', 443),
    subject('web.test', 10_933, '192.0.2.2'),
    { ...subject(), protocol: 'ssh' as const },
  ];
  for (const [index, other] of others.entries()) t.like(await memory.ask(other, probe), { which: index + 1 });
  for (const [index, other] of others.entries()) t.like(await memory.ask(other, probe), { which: index + 1 });
});

test('what is forgotten is asked again', async (t) => {
  const { memory, probe } = world();
  await memory.ask(subject(), probe);
  memory.forget(subject());
  t.like(await memory.ask(subject(), probe), { which: 2 });
});

test('only so many answers are kept, and the oldest goes first', async (t) => {
  const { memory, probe, made } = world(2);
  for (const name of ['a.test', 'b.test', 'c.test']) await memory.ask(subject(name), probe);
  await memory.ask(subject('b.test'), probe);
  await memory.ask(subject('c.test'), probe);
  t.is(made.count, 3);
  await memory.ask(subject('a.test'), probe);
  t.is(made.count, 4);
});

test('a probe that breaks is heard of, and not remembered', async (t) => {
  const { memory, probe } = world();
  await t.throwsAsync(
    memory.ask(subject(), () => Promise.reject(new Error('a bug'))),
    { message: 'a bug' },
  );
  t.like(await memory.ask(subject(), probe), { which: 1 });
});

test('an answer that somebody was turned away for is asked again, but not before it is two seconds old', async (t) => {
  const { clock, memory, probe } = world();
  await memory.ask(subject(), probe);
  clock.at += 1_999;
  memory.doubt(subject());
  t.like(await memory.ask(subject(), probe), { which: 1 });
  clock.at += 1;
  memory.doubt(subject('whatever it was asked for'));
  t.like(await memory.ask(subject(), probe), { which: 2 });
});

test('a doubt does away with no other answer, and with none that is being waited for', async (t) => {
  const { clock, memory, probe, made } = world();
  const others = [subject('web.test', 443), subject('web.test', 10_933, '192.0.2.11'), subject('web.test', 1_093)];
  for (const other of others) await memory.ask(other, probe);
  let answer: (shown: Answer) => void = () => undefined;
  const slow = memory.ask(subject(), () => new Promise((resolve) => (answer = resolve)));
  clock.at += 3_000;
  memory.doubt(subject());
  const second = memory.ask(subject(), probe);
  answer({ kind: 'shown', which: 7 });
  t.like(await slow, { which: 7 });
  t.like(await second, { which: 7 });
  for (const [index, other] of others.entries()) t.like(await memory.ask(other, probe), { which: index + 1 });
  t.is(made.count, 3);
});
