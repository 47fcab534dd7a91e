import { statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem } from 'node:os';

/** Figures of the machine the containers run on. `null` where they are not known, as with an engine elsewhere. */
export interface HostFigures {
  readonly cores: number | null;
  /** Percent of one core since the question before; `null` at the first one. */
  readonly cpuPercent: number | null;
  /** Bytes. */
  readonly memoryTotal: number | null;
  readonly memoryUsed: number | null;
  /** Averages of 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number] | null;
  readonly disk: { readonly path: string; readonly totalBytes: number; readonly freeBytes: number } | null;
}

/** Tells how the host is. Cheap enough to be asked for every summary. */
export interface HostSource {
  read(): HostFigures;
}

/** For an engine whose machine cannot be seen. */
export const unknownHost: HostSource = {
  read: () => ({ cores: null, cpuPercent: null, memoryTotal: null, memoryUsed: null, load: null, disk: null }),
};

/** The machine Tidewatch runs on; `diskPath` names a folder of the disk to tell of. */
export function localHost(diskPath = '/'): HostSource {
  let before = processorTimes();
  let cpuPercent: number | null = null;
  let disk: HostFigures['disk'] = null;
  return {
    read() {
      const now = processorTimes();
      // Times advance in ticks of 10 ms: two questions in a row have nothing between them.
      if (now.total > before.total) {
        cpuPercent = ((now.busy - before.busy) / (now.total - before.total)) * cpus().length * 100;
        before = now;
      }
      // A network disk may take its time: the summary gives what the question before found.
      void statfs(diskPath).then(
        ({ bsize, blocks, bavail }) => {
          disk = { path: diskPath, totalBytes: bsize * blocks, freeBytes: bsize * bavail };
        },
        () => {},
      );
      const [one = 0, five = 0, fifteen = 0] = loadavg();
      const memoryTotal = totalmem();
      const memoryUsed = memoryTotal - freemem();
      return { cores: cpus().length, cpuPercent, memoryTotal, memoryUsed, load: [one, five, fifteen], disk };
    },
  };
}

function processorTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    total += used + times.idle;
  }
  return { busy, total };
}
