import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that the threads of a process have taken so far, µs, as Linux counts it. Throws when it has ended. */
export function processCpuUs(pid: number): number {
  let totalNs = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    totalNs += Number.parseInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1'), 10);
  }
  return totalNs / 1000;
}
