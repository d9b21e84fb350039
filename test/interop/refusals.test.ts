import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeKey } from '../clients/sshd.js';
import { makeFolder } from '../fixtures/folder.js';
import { testWith } from '../programs.js';
import { startClient } from './clients.js';
import { startDeadEnds, type DeadEnds } from './dead-ends.js';
import type { DotnetProgram, Outcome } from './dotnet-program.js';

/**
 * What the client libraries impose on a proxy, and for each the tests that show it with a real client. Where the library
 * that imposes it is Halibut, which may be absent, another stands beside it if it imposes the same.
 */
const RULES: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  '1. every answer before a tunnel is a whole head, and none is a bare close (Halibut reads until the empty line)': [
    ['refusals', 'SSH.NET shows why each dead end could not be reached, before its own time-out'],
    ['halibut', 'Halibut shows why each dead end could not be reached, before its own time-out'],
  ],
  '2. a reason is never empty, and is ASCII (SSH.NET takes no status line without one)': [
    ['ssh-net', 'SSH.NET shows why it is denied by name and by port, with the id of the attempt in the journal'],
    ['refusals', 'SSH.NET shows why each dead end could not be reached, before its own time-out'],
  ],
  '3. a tunnel stands with 200 and nothing else (all of them compare with it)': [
    ['ssh-net', 'SSH.NET runs a command through a tunnel, its output and exit code whole'],
    ['http-client', 'HttpClient gets a page plainly and over https, which nobody opens on the way'],
    ['halibut', 'Halibut calls a Tentacle through a tunnel, in the bytes that were written down for it'],
  ],
  '4. a 200 has no Content-Length (SSH.NET would take so many bytes out of the tunnel)': [
    ['ssh-net', 'SSH.NET runs a command through a tunnel, its output and exit code whole'],
  ],
  '5. the head of a 200 comes in one piece, without bytes of the destination (old Halibut)': [
    ['ssh-net', 'SSH.NET runs a command through a tunnel, its output and exit code whole'],
    ['halibut', 'Halibut calls a Tentacle through a tunnel, in the bytes that were written down for it'],
  ],
  '6. a CONNECT is answered in less than 15 s whatever the world does (Halibut)': [
    ['refusals', 'SSH.NET shows why each dead end could not be reached, before its own time-out'],
    ['halibut', 'Halibut shows why each dead end could not be reached, before its own time-out'],
  ],
  '7. the verdict stands in the reason phrase (all that Tentacle and SSH tasks show)': [
    ['ssh-net', 'SSH.NET shows why it is denied by name and by port, with the id of the attempt in the journal'],
    ['halibut', 'Halibut denied by name tries five times and shows the reason, with the id of its last try'],
    ['http-client', 'HttpClient is told the status alone where a tunnel is denied'],
  ],
  '8. a denial is 403, a failure 503 or 504, and nothing is 502 (Halibut has its own text for that)': [
    ['refusals', 'HttpClient is told 503 or 504 for each dead end, and why where it asks plainly'],
    ['refusals', 'SSH.NET shows why each dead end could not be reached, before its own time-out'],
    ['halibut', 'Halibut shows why each dead end could not be reached, before its own time-out'],
  ],
  '9. CONNECT is taken in HTTP/1.0, with Host and without': [
    ['ssh-net', 'SSH.NET runs a command through a tunnel, its output and exit code whole'],
    ['halibut', 'Halibut calls a Tentacle through a tunnel, in the bytes that were written down for it'],
  ],
  '10. an IPv6 address without brackets is read for what it is (SSH.NET), which here means: refused with the remedy': [
    ['ssh-net', 'SSH.NET shows that an IPv6 address cannot be written as it writes it, and what to do'],
  ],
  '11. a 407 is the first leg of a log-in: the connection stays, and nothing is recorded as denied (HttpClient)': [
    ['http-client', 'HttpClient sends its credentials once it is asked, on the same connection, and that is no denial'],
    ['libgit2sharp', 'LibGit2Sharp gives its proxy credentials when it is asked for them'],
  ],
  '12. each plain request is decided by itself (HttpClient sends all hosts over one connection)': [
    ['http-client', 'HttpClient sends its requests to many hosts over one connection, and each is decided by itself'],
  ],
  '13. an idle tunnel is left alone (Halibut keeps one for 9 minutes, SSH is silent for hours)': [
    ['ssh-net', 'a tunnel of SSH.NET may be silent for as long as its script takes'],
    ['halibut', 'Halibut uses a connection again after an idle time longer than any that tidegate waits elsewhere'],
    ['halibut', 'Halibut uses a connection again that was idle for the nine minutes it keeps one, less a little'],
  ],
  '14. TLS is not opened on the way (Halibut pins both certificates)': [
    ['http-client', 'HttpClient gets a page plainly and over https, which nobody opens on the way'],
    ['halibut', 'Halibut itself turns away a Tentacle with another thumbprint, for nobody stands in between'],
  ],
  '15. Basic is the one scheme that is offered': [['http-client', 'HttpClient is asked for Basic and nothing else']],
};

test('each rule that clients impose is shown by tests that are there', (t) => {
  t.is(Object.keys(RULES).length, 15);
  for (const [file, title] of Object.values(RULES).flat()) {
    const path = fileURLToPath(new URL(`../../../test/interop/${file}.test.ts`, import.meta.url));
    t.true(readFileSync(path, 'utf8').includes(`'${title}'`), `${file}: ${title}`);
  }
});

let deadEnds: DeadEnds | undefined;
const clients: DotnetProgram[] = [];

test.after.always(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await deadEnds?.close();
});

function thrown(outcome: Outcome<unknown> | undefined): string {
  if (outcome?.ok !== false) throw new Error(`no exception: ${JSON.stringify(outcome)}`);
  return outcome.chain.join('\n');
}

testWith('dotnet', 'ssh-keygen')(
  'SSH.NET shows why each dead end could not be reached, before its own time-out',
  async (t) => {
    const { tidegate, all } = (deadEnds ??= await startDeadEnds());
    const folder = await makeFolder();
    t.teardown(folder.remove);
    const keyFile = `${folder.path}/key`;
    await makeKey(keyFile, 'ed25519');
    const proxy = { host: '127.0.0.1', port: tidegate.port };
    const texts = all.map(async ({ host, port, status, words }) => {
      // As patient as Halibut, which is half of its own patience.
      const client = await startClient('ssh', { user: 'deploy', keyFile, proxy, timeoutSeconds: 15 });
      clients.push(client);
      const text = thrown(await client.ask({ task: 'command', host, port }));
      t.log(text);
      const told = `HTTP: Status code ${status}, "${words.replace(/[()]/g, '\\$&')} \\(attempt [0-9A-HJKMNP-TV-Z]{16}\\)"`;
      t.regex(text, new RegExp(`^Renci\\.SshNet\\.Common\\.ProxyException: ${told}$`));
    });
    await Promise.all(texts);
  },
);

testWith('dotnet')('HttpClient gets 503 or 504 for each dead end, and why where it asks plainly', async (t) => {
  const { tidegate, all } = (deadEnds ??= await startDeadEnds());
  const client = await startClient('http', { proxy: { host: '127.0.0.1', port: tidegate.port } });
  clients.push(client);
  const fetch = async (scheme: string) => {
    const urls = all.map(({ host, port }) => `${scheme}://${host}:${port}/`);
    const outcome = await client.ask<Outcome<{ status: number; reason: string }>[]>({ urls, atOnce: true });
    return outcome.ok ? outcome.value : [];
  };
  const [plain, tunnels] = [await fetch('http'), await fetch('https')];
  for (const [index, { status, words }] of all.entries()) {
    t.regex(thrown(tunnels[index]), new RegExp(`failed with status code '${status}'`));
    const answer = plain[index];
    t.is(answer?.ok === true && answer.value.status, status);
    t.true(answer?.ok === true && answer.value.reason.startsWith(`${words} (attempt `));
  }
});
