import { realDisk, type Disk } from '../../lib/journal/disk/disk.js';

/** One change to the disk, as the journal asks for it. */
export interface Call {
  /** Counted from 1. */
  readonly number: number;
  readonly name: keyof Disk;
}

/**
 * What happens instead: `as it is`, an error of the system (for a write, after half of the bytes were taken), a write that
 * takes half and says so, or no answer at all.
 */
export type Fault = 'none' | 'short' | 'silent' | `E${string}`;

/** A disk that does what it is told to, and counts. */
export interface FaultyDisk {
  readonly disk: Disk;
  readonly calls: readonly Call[];
}

/** Gives the real disk with faults in it. */
export function faultyDisk(faultOf: (call: Call) => Fault): FaultyDisk {
  const calls: Call[] = [];
  const next = (name: keyof Disk): Fault => {
    const call = { number: calls.length + 1, name };
    calls.push(call);
    return faultOf(call);
  };
  const guarded = async <T>(name: keyof Disk, work: () => Promise<T>): Promise<T> => {
    const fault = next(name);
    if (fault === 'silent') return new Promise<T>(() => undefined);
    if (fault !== 'none' && fault !== 'short') throw systemError(fault);
    return work();
  };
  const disk: Disk = {
    open: (path, flags) => guarded('open', () => realDisk.open(path, flags)),
    write: (fd, bytes, from, position) => {
      const fault = next('write');
      if (fault === 'none') return realDisk.write(fd, bytes, from, position);
      if (fault === 'silent') return new Promise(() => undefined);
      const half = bytes.subarray(0, from + Math.floor((bytes.length - from) / 2));
      const taken = half.length === from ? Promise.resolve(0) : realDisk.write(fd, half, from, position);
      return fault === 'short' ? taken : taken.then(() => Promise.reject(systemError(fault)));
    },
    syncData: (fd) => guarded('syncData', () => realDisk.syncData(fd)),
    truncate: (fd, size) => guarded('truncate', () => realDisk.truncate(fd, size)),
    close: (fd) => guarded('close', () => realDisk.close(fd)),
    remove: (path) => guarded('remove', () => realDisk.remove(path)),
    rename: (from, to) => guarded('rename', () => realDisk.rename(from, to)),
    syncDirectory: (path) => guarded('syncDirectory', () => realDisk.syncDirectory(path)),
  };
  return { disk, calls };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
