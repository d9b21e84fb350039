import test from 'ava';
import { makeFolder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { testWith } from '../programs.js';
import { startWeb, type Web } from './web.js';

let web: Web;
test.before(async () => {
  web = await startWeb();
});
test.after.always(() => web.close());

const withChromium = testWith('chromium');

/** The quiet flags keep it from calling home, which would only be refused. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--proxy-bypass-list=<-loopback>',
  '--ignore-certificate-errors',
  '--timeout=20000',
  '--dump-dom',
];

async function page(url: string): Promise<string> {
  const profile = await makeFolder();
  const { stdout } = await run('chromium', [
    ...FLAGS,
    `--proxy-server=${web.proxy}`,
    `--user-data-dir=${profile.path}`,
    url,
  ]);
  await profile.remove();
  return stdout;
}

withChromium('Chromium loads a plain page, and shows our page where it is denied', async (t) => {
  t.regex(await page(`http://www.test:${web.plain.port}/`), /out it went/);
  t.regex(
    await page(`http://denied.test:${web.plain.port}/`),
    /tidegate: Egress denied: no rule allows this destination/,
  );
});

withChromium('Chromium loads a page over https through a tunnel, and nothing where it is denied', async (t) => {
  t.regex(await page(`https://www.test:${web.secure.port}/`), /out it went/);
  // Its hello is over 1,700 bytes, post-quantum key and all, with an Encrypted Client Hello whose outer name counts.
  const passed = await web.tidegate.recorded(
    ({ kind, seen }) => kind === 'close' && seen === 'tls',
    'the end of a tunnel with TLS in it',
  );
  t.like(passed, { server_name: 'www.test', encrypted_hello: true, cleared_by: 'everyone/www-tunnel' });
  t.like(passed, { alpn: ['h2', 'http/1.1'], checks: [{ fact: 'server_name', outcome: 'verified' }] });
  const before = web.secure.arrivals.length;
  t.notRegex(await page(`https://denied.test:${web.secure.port}/`), /out it went/);
  t.is(web.secure.arrivals.length, before);
});
