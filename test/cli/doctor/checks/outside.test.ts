import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../../../fixtures/waiting.js';
import { folderOf } from '../../command.js';
import { doctor, startPatient } from '../examining.js';

test.serial('an anchor that takes checkpoints is well, and a sink whose receiver hangs up is not', async (t) => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const kept = await folderOf(t);
  const config = {
    anchors: [{ name: 'vault', use: 'file', options: { path: join(kept.path, 'notes') } }],
    sinks: [{ name: 'siem', use: 'webhook', options: { url: `http://127.0.0.1:${port}/` } }],
  };
  const patient = await startPatient(t, { config });
  let found = await doctor(patient.config);
  await until(
    async () => {
      found = await doctor(patient.config);
      return found.of('anchors')[0]?.state === 'ok' && found.of('sinks')[0]?.state === 'warning';
    },
    () => JSON.stringify(found.findings),
  );
  t.regex(found.of('anchors')[0]?.words ?? '', /^vault has \d+ records? since /);
  t.regex(found.of('sinks')[0]?.words ?? '', /^siem failing, \d+ records? behind: /);
  t.is(found.code, 0, 'records wait, and nothing is lost');
});

test.serial('before a start, an anchor whose secret cannot be read is a problem', async (t) => {
  const anchor = `{ name: witness, use: http, options: { url: "https://witness.corp.example/c", token-file: token } }`;
  const folder = await folderOf(t, { 'tidegate.yaml': `listen: [127.0.0.1:0]\nstate: state\nanchors: [${anchor}]\n` });
  const found = await doctor(join(folder.path, 'tidegate.yaml'));
  t.regex(found.ailing('anchors').join(), /^problem witness: .*ENOENT/);
  await folder.write('token', 'abcdefghijklmnopqrstuvwxyz\n');
  t.regex((await doctor(join(folder.path, 'tidegate.yaml'))).of('anchors')[0]?.words ?? '', /witness is valid/);
});
