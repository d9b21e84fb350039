import { open } from 'node:fs/promises';

/** Gives a secret when it is needed. It is asked for anew each time, so that one that was changed is used at once. */
export type Secret = () => Promise<string>;

const MOST_BYTES = 16 * 1024;
const OTHERS_READ = 0o004;

/** Makes a secret of a file's first line. It throws what keeps it from being read, among that a file that anyone may read. */
export function secretInFile(path: string): Secret {
  return async () => {
    const file = await open(path, 'r');
    try {
      const { mode, size } = await file.stat();
      if (process.platform !== 'win32' && (mode & OTHERS_READ) !== 0) {
        throw new Error(`${path} may be read by every account of this machine: chmod 600 it`);
      }
      if (size > MOST_BYTES) throw new Error(`${path} is too long to be a secret`);
      const [line = ''] = (await file.readFile('utf8')).split(/\r?\n/);
      if (!/^[!-~]+$/.test(line)) throw new Error(`${path} does not begin with a line of printable ASCII`);
      return line;
    } finally {
      await file.close();
    }
  };
}
