import { join } from 'node:path';
import { readAtMost } from '../../system/index.js';

const MAX_BYTES = 1024 * 1024;
/** Names that every such file has, and addresses that no destination has. */
const LOCAL = /^(127\.|::1$|f[ef]0[0-9]::|255\.|0\.0\.0\.0$)/;

/** The system's hosts file. */
export function hostsFile(): string {
  const { SystemRoot = 'C:\\Windows' } = process.env;
  return process.platform === 'win32' ? join(SystemRoot, 'System32', 'drivers', 'etc', 'hosts') : '/etc/hosts';
}

/** The names in the system's hosts file that lead to other machines. tidegate does not use them. None if it cannot be read. */
export async function namesInHostsFile(): Promise<readonly string[]> {
  const read = await readAtMost(hostsFile(), MAX_BYTES);
  return read.kind === 'bytes' ? namesInHosts(read.bytes.toString('latin1')) : [];
}

/** The names in the text of a hosts file, in lower case. */
export function namesInHosts(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return LOCAL.test(address) ? [] : names.map((name) => name.toLowerCase());
  });
}
