import test from 'ava';
import { run, type Ran } from '../fixtures/program.js';
import { testWith } from '../programs.js';
import { PAGE, startWeb, type Web } from './web.js';

let web: Web;
test.before(async () => {
  web = await startWeb();
});
test.after.always(() => web.close());

const withWget = testWith('wget');

function wget(...args: readonly string[]): Promise<Ran> {
  const environment = { http_proxy: web.proxy, https_proxy: web.proxy };
  const options = ['--no-config', '--no-hsts', '-nv', '-O', '-', '--tries=1', '--timeout=20', '--ca-certificate'];
  return run('wget', [...options, web.certificate, ...args], { environment });
}

withWget('wget fetches a page that a rule allows, plain and over https', async (t) => {
  for (const url of [`http://www.test:${web.plain.port}/`, `https://www.test:${web.secure.port}/`]) {
    const ran = await wget(url);
    t.is(ran.code, 0, ran.stderr);
    t.is(ran.stdout, PAGE);
  }
});

withWget('wget shows the reason of a refusal, plain and for a tunnel', async (t) => {
  const plain = await wget(`http://denied.test:${web.plain.port}/`);
  t.is(plain.code, 8);
  t.regex(
    plain.stderr,
    /ERROR 403: Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)\./,
  );
  const tunnel = await wget(`https://denied.test:${web.secure.port}/`);
  t.not(tunnel.code, 0);
  t.regex(tunnel.stderr, /Proxy tunneling failed: Egress denied: no rule allows this destination/);
});

withWget('wget reaches with a proxy user what the user may reach', async (t) => {
  const user = ['--proxy-user=web.node1', '--proxy-password=correct-horse'];
  for (const url of [`http://users.test:${web.plain.port}/`, `https://users.test:${web.secure.port}/`]) {
    const ran = await wget(...user, url);
    t.is(ran.stdout, PAGE, ran.stderr);
  }
});

withWget('wget with a wrong password is told 407 and why', async (t) => {
  const user = ['--proxy-user=web.node1', '--proxy-password=guess'];
  const ran = await wget(...user, `http://users.test:${web.plain.port}/`);
  t.not(ran.code, 0);
  t.regex(ran.stderr, /ERROR 407: Egress refused: the proxy user name or password is wrong/);
});
