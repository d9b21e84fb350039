import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import test, { type Implementation } from 'ava';
import { programFolders } from './fixtures/program.js';

/** The Debian package that brings a program, where it goes by another name. `.ci/run` installs them all but dotnet. */
const PACKAGES: Readonly<Record<string, string>> = {
  dbclient: 'dropbear-bin',
  dropbear: 'dropbear-bin',
  dropbearkey: 'dropbear-bin',
  // Not Debian's own: from Microsoft's package source, or Ubuntu's.
  dotnet: 'dotnet-sdk-10.0',
  ip: 'iproute2',
  java: 'default-jdk-headless',
  javac: 'default-jdk-headless',
  // With its TLS, and by that with itself.
  rsyslogd: 'rsyslog-openssl',
  nft: 'nftables',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  nc: 'netcat-openbsd',
  'nc.openbsd': 'netcat-openbsd',
  scp: 'openssh-client',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  zcat: 'gzip',
};

/** Where programs lie that are not for every user's path. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Declares one test, as `test.serial` does. */
export type Declare = (title: string, run: Implementation<[]>) => void;

/**
 * Declares tests that need programs of this machine.
 *
 * Where one is absent the test is registered as skipped, under a title that says which and how to get it, so that
 * nobody takes its absence for success. Where `CI` is set it fails instead: there, `.ci/run` has installed everything.
 */
export function testWith(...programs: readonly string[]): Declare {
  const absent = programs.filter((program) => find(program) === 'absent');
  if (absent.length === 0) {
    return (title, run) => {
      test.serial(title, run);
    };
  }
  const packages = [...new Set(absent.map((program) => PACKAGES[program] ?? program))];
  const reason = `${absent.join(' and ')} is absent, install with: apt-get install ${packages.join(' ')}`;
  return (title, run) => {
    if (process.env['CI'] === undefined) test.skip(`${title} (skipped: ${reason})`, run);
    else test(title, (t) => t.fail(reason));
  };
}

/** The path of a program, or `absent`. */
function find(program: string): string {
  const folders = [...programFolders(), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? 'absent';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: absent either way
  }
}
