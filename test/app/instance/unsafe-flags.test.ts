import test from 'ava';
import { unsafeFlags } from '../../../lib/app/instance/unsafe-flags.js';

test('flags that open Node to others, or its parser to nonsense, are found however they are written', (t) => {
  t.deepEqual(unsafeFlags([], ''), []);
  t.deepEqual(unsafeFlags(['--enable-source-maps', '--max-old-space-size=512'], '--trace-warnings'), []);
  const debuggerText = 'gives full control of tidegate to everyone who can reach the debugger';
  const parserText = "makes Node's HTTP parser accept malformed requests";
  for (const [flag, found] of [
    ['--inspect', `--inspect: ${debuggerText}`],
    ['--inspect=0.0.0.0:9229', `--inspect=0.0.0.0:9229: ${debuggerText}`],
    ['--inspect-brk', `--inspect-brk: ${debuggerText}`],
    ['--insecure-http-parser', `--insecure-http-parser: ${parserText}`],
    ['--insecure_http_parser', `--insecure-http-parser: ${parserText}`],
  ] as const) {
    t.deepEqual(unsafeFlags([flag], ''), [found]);
    t.deepEqual(unsafeFlags([], `--trace-warnings  ${flag}`), [found]);
  }
  t.deepEqual(unsafeFlags(['--inspect'], '"--insecure-http-parser"'), [
    `--inspect: ${debuggerText}`,
    `--insecure-http-parser: ${parserText}`,
  ]);
});
