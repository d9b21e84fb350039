import test from 'ava';
import { NotStarted, startTidegate } from '../fixtures/tidegate.js';

test.serial("tidegate refuses to start with Node's lenient parser, however it is asked for", async (t) => {
  for (const options of [
    { nodeArguments: ['--insecure-http-parser'] },
    { environment: { NODE_OPTIONS: '--insecure-http-parser' } },
  ]) {
    const error = await t.throwsAsync(startTidegate(options), { instanceOf: NotStarted });
    t.is(error.code, 77);
    t.regex(error.message, /insecure-http-parser/);
  }
});
