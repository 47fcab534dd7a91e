import { readFile } from 'node:fs/promises';
import { processIds } from './processes.ts';

/** Process id of the shim that stands between containerd and one container of Docker. Rejects when there is none. */
export async function shimOf(containerId: string): Promise<number> {
  for (const pid of await processIds()) {
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (args[0]?.includes('containerd-shim') && args.includes(containerId)) return pid;
  }
  throw new Error(`container ${containerId.slice(0, 12)} has no shim`);
}
