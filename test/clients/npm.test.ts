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

testWith('npm')('npm shows the reason of a denied request with the whole id, which leads to its record', async (t) => {
  const home = await makeFolder();
  t.teardown(home.remove);
  const registry = `http://denied.test:${web.plain.port}/`;
  const options = ['--registry', registry, '--proxy', web.proxy, '--fetch-retries', '0', '--cache', home.path];
  const environment = { HOME: home.path, npm_config_update_notifier: 'false' };
  const ran = await run('npm', ['view', 'some-package', ...options], { environment, cwd: home.path });
  t.not(ran.code, 0);
  const said = /403 Egress denied: no rule allows this destination \(attempt ([0-9A-HJKMNP-TV-Z]{16})\)/.exec(
    ran.stderr,
  );
  t.truthy(said, ran.stderr);
  const record = await web.tidegate.recorded(({ attempt }) => attempt === said?.[1], 'the attempt that npm names');
  t.like(record, { kind: 'decision', verdict: 'denied' });
});
