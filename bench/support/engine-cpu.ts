import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that the processes of an engine have taken so far, µs: dockerd, containerd and the shims in its folder. */
export function engineCpuUs(folder: string): number {
  let totalNs = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      if (!/(dockerd|containerd[\w-]*)$/.test(program) || !args.join(' ').includes(folder)) continue;
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        totalNs += Number.parseInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1'), 10);
      }
    } catch {
      // It ended while it was looked at.
    }
  }
  return totalNs / 1000;
}
