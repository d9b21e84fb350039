import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { folderOf } from '../command.js';
import { plainEnvironment } from '../../fixtures/program.js';
import { testOnSmallDisk } from '../../fixtures/small-disk.js';
import { PROGRAM } from '../../fixtures/tidegate.js';

const POLICY = 'policy: site\nallow: [{id: a, to: [a.example], protocol: tls}]\n';
/** Puts a folder in the place of /etc, in a mount namespace, and runs a program in a folder without a configuration. */
const AS_ETC = 'mount --bind "$0" /etc && cd "$0/.." && exec "$@"';

testOnSmallDisk('without a file in the working folder, the configuration of the machine answers', async (t) => {
  const { path } = await folderOf(t, {
    'etc/tidegate/tidegate.yaml': 'policies: policies\n',
    'etc/tidegate/policies/site.yaml': POLICY,
  });
  const namespace = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
  const explain = ['policy', 'explain', '--json', 'CONNECT', 'a.example:443'];
  const ran = spawnSync(
    'unshare',
    [...namespace, 'sh', '-c', AS_ETC, join(path, 'etc'), process.execPath, PROGRAM, ...explain],
    { encoding: 'utf8', timeout: 100_000, env: plainEnvironment() },
  );
  t.is(ran.status, 0, ran.stderr);
  t.like(JSON.parse(ran.stdout), {
    verdict: 'allowed',
    policies: { folder: '/etc/tidegate/policies', from: '/etc/tidegate/tidegate.yaml:1:1' },
  });
});
