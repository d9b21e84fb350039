import { WriteStream } from 'node:tty';
import test from 'ava';
import { createProgress } from '../../../../lib/cli/console/output/progress.js';

/** A stream that says what it is and keeps what is written. */
function streamThatIs(isTTY: boolean) {
  const written: string[] = [];
  const stream: NodeJS.WriteStream = Object.create(WriteStream.prototype, {
    isTTY: { value: isTTY },
    write: { value: (text: string) => written.push(text) > 0 },
  }) as NodeJS.WriteStream;
  return { stream, written };
}

test('progress is shown ten times a second at most, and removed at the end', (t) => {
  const { stream, written } = streamThatIs(true);
  let now = 0;
  const progress = createProgress(stream, () => now);
  for (let step = 0; step < 100; step += 1) {
    progress.at(step / 100, `${step} records`);
    now += 10;
  }
  t.is(written.length, 10);
  t.is(written[5], `\r[${'#'.repeat(15)}${'-'.repeat(15)}]  50 % 50 records`);
  progress.end();
  progress.end();
  t.is(written.length, 11);
});

test('progress is not shown without a terminal', (t) => {
  const { stream, written } = streamThatIs(false);
  const progress = createProgress(stream);
  progress.at(0.5, 'half');
  progress.end();
  t.deepEqual(written, []);
});
