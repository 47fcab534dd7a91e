import { closeSync, openSync, readFileSync } from 'node:fs';

/** Kept for everything else a process opens: connections to the engine and of clients, the store. */
const KEPT_MOST = 512;
const KEPT_RATIO = 0.5;

/**
 * How many descriptors may be used by files that are kept open for long. Without a limit of their own they would take all
 * there are, and the process could answer nobody any more.
 */
export function mostDescriptors(limits = readLimits()): number {
  const limit = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  return limit - Math.min(KEPT_MOST, limit * KEPT_RATIO);
}

/** Opens a file to read it for long. Throws as `openSync` does, and EMFILE when no more than `most` may be open. */
export function openWithin(most: number, path: string): number {
  const descriptor = openSync(path, 'r');
  // The kernel gives the lowest number that is free: all below are in use.
  if (descriptor < most) return descriptor;
  closeSync(descriptor);
  throw Object.assign(new Error(`EMFILE: the other descriptors are kept, open '${path}'`), { code: 'EMFILE' });
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
