import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../../../fixtures/waiting.js';
import { carriedOut } from '../../command.js';
import { doctor, startPatient } from '../examining.js';

test.serial('a users file that everyone may read is a problem, and the older list in force is reported', async (t) => {
  const { tidegate, config, state } = await startPatient(t, { users: { a: 'a long password' } });
  await chmod(join(tidegate.folder.path, 'users'), 0o644);
  await until(
    async () => (await carriedOut(['status', '--state', state])).code === 1,
    () => `not noticed; said ${tidegate.said()}`,
  );
  const found = await doctor(config);
  t.is(found.code, 1);
  const [file = '', inForce = ''] = found.ailing('users');
  t.regex(file, /^problem .*users: the users file is accessible to other accounts$/);
  t.regex(found.of('users')[0]?.remedy ?? '', /^run chmod 600 /);
  t.regex(inForce, /^problem the running instance has an older users file in force: /);
});

test.serial('without users a listener on every interface is a warning', async (t) => {
  const { config } = await startPatient(t);
  const found = await doctor(config, '--listen', '0.0.0.0:0');
  t.regex(found.ailing('users').join(), /^warning other machines can connect, and there are no users/);
});
