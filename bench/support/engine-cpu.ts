import { readdirSync, readFileSync } from 'node:fs';
import { processCpuUs } from './process-cpu.ts';

/** Processor time that the processes of an engine have taken so far, µs: dockerd, containerd and the shims in its folder. */
export function engineCpuUs(folder: string): number {
  let total = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      if (!/(dockerd|containerd[\w-]*)$/.test(program) || !args.join(' ').includes(folder)) continue;
      total += processCpuUs(Number(pid));
    } catch {
      // It ended while it was looked at.
    }
  }
  return total;
}
