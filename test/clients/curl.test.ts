import test from 'ava';
import { run, type Ran } from '../fixtures/program.js';
import { testWith } from '../programs.js';
import { PAGE, startWeb, type Web } from './web.js';

let web: Web;
test.before(async () => {
  web = await startWeb();
});
test.after.always(() => web.close());

const withCurl = testWith('curl');

function curl(...args: readonly string[]): Promise<Ran> {
  return run('curl', ['-sS', '-v', '--max-time', '20', '-x', web.proxy, '--cacert', web.certificate, ...args]);
}

withCurl('curl fetches a plain page that a rule allows', async (t) => {
  const ran = await curl(`http://www.test:${web.plain.port}/`);
  t.is(ran.code, 0, ran.stderr);
  t.is(ran.stdout, PAGE);
  t.true(web.plain.arrivals[0]?.received().startsWith('GET / HTTP/1.1\r\n'));
});

withCurl('curl fetches a page over https through a tunnel', async (t) => {
  const ran = await curl(`https://www.test:${web.secure.port}/`);
  t.is(ran.code, 0, ran.stderr);
  t.is(ran.stdout, PAGE);
  t.regex(ran.stderr, /< HTTP\/1\.1 200 Connection established/);
});

withCurl('curl shows an alert where it asks in an allowed tunnel for another server name', async (t) => {
  const arrived = web.secure.arrivals.length;
  // The tunnel leads to www.test, and TLS asks for denied.test.
  const port = web.secure.port;
  const ran = await curl('--connect-to', `denied.test:${port}:www.test:${port}`, `https://denied.test:${port}/`);
  t.is(ran.code, 35);
  t.regex(ran.stderr, /CONNECT www\.test:\d+ HTTP\/1\.1/);
  t.regex(ran.stderr, /alert access denied/);
  t.is(ran.stdout, '');
  t.is(web.secure.arrivals.length, arrived);
  const refused = await web.tidegate.recorded(
    ({ kind, ended_by }) => kind === 'close' && ended_by === 'server_name_not_allowed',
    'a tunnel whose server name is not allowed',
  );
  t.like(refused, { server_name: 'denied.test', bytes_out: 0 });
});

withCurl('curl shows our branded page where a plain request is denied', async (t) => {
  const ran = await curl('-w', '%{http_code}', `http://denied.test:${web.plain.port}/`);
  t.is(ran.code, 0);
  t.regex(
    ran.stderr,
    /< HTTP\/1\.1 403 Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)\r?\n/,
  );
  t.regex(ran.stdout, /^tidegate: Egress denied: .*\n403$/);
});

withCurl('curl says 403 where a tunnel is denied, and -v shows the reason', async (t) => {
  const ran = await curl(`https://denied.test:${web.secure.port}/`);
  t.is(ran.code, 56);
  t.regex(ran.stderr, /CONNECT tunnel failed, response 403/);
  t.regex(
    ran.stderr,
    /< HTTP\/1\.1 403 Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)/,
  );
});

withCurl('curl reaches with --proxy-user what the user may reach, plain and through a tunnel', async (t) => {
  for (const url of [`http://users.test:${web.plain.port}/`, `https://users.test:${web.secure.port}/`]) {
    const known = await curl('--proxy-user', 'web.node1:correct-horse', url);
    t.is(known.stdout, PAGE, known.stderr);
    const unknown = await curl(url);
    t.regex(unknown.stderr, /< HTTP\/1\.1 407 Proxy authentication required/);
  }
  t.false(web.plain.arrivals.some((arrival) => /proxy-authorization|correct-horse/i.test(arrival.received())));
});

withCurl('curl with a wrong --proxy-user is told 407', async (t) => {
  const plain = await curl(
    '--proxy-user',
    'web.node1:guess',
    '-w',
    '%{http_code}',
    `http://www.test:${web.plain.port}/`,
  );
  t.regex(plain.stdout, /407$/);
  const tunnel = await curl('--proxy-user', 'web.node1:guess', `https://www.test:${web.secure.port}/`);
  t.is(tunnel.code, 56);
  t.regex(tunnel.stderr, /response 407/);
  t.regex(tunnel.stderr, /< Proxy-Authenticate: Basic realm=/);
});
