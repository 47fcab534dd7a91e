import { readFileSync, statfsSync } from 'node:fs';

/** What the whole machine uses. `NaN` where it is not told. */
export interface HostUsage {
  /** Counters over all processors, ms since it started. */
  readonly cpuBusyMs: number;
  readonly cpuTotalMs: number;
  readonly cpus: number;
  readonly memoryTotalBytes: number;
  /** What could be used without swapping, as the kernel estimates it. */
  readonly memoryAvailableBytes: number;
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
  readonly diskTotalBytes: number;
  /** What users without special rights may still write. */
  readonly diskAvailableBytes: number;
}

export interface HostUsageOptions {
  /** Default `/proc`. */
  readonly procRoot?: string;
  /** A folder on the disk that is told of (default `/`). */
  readonly diskPath?: string;
}

const TICK_MS = 10;
const KB = 1024;

/** Reads the figures of this machine. */
export function readHostUsage(options: HostUsageOptions = {}): HostUsage {
  const procRoot = options.procRoot ?? '/proc';
  const memory = readText(`${procRoot}/meminfo`);
  const [load1 = '', load5 = '', load15 = ''] = readText(`${procRoot}/loadavg`).split(' ');
  const disk = readDisk(options.diskPath ?? '/');
  return {
    ...decodeCpu(readText(`${procRoot}/stat`)),
    memoryTotalBytes: kilobytes(memory, 'MemTotal'),
    memoryAvailableBytes: kilobytes(memory, 'MemAvailable'),
    load1: Number.parseFloat(load1),
    load5: Number.parseFloat(load5),
    load15: Number.parseFloat(load15),
    ...disk,
  };
}

/** Busy is what is neither idle nor waiting for a disk; guests are counted in `user` already. */
function decodeCpu(stat: string): Pick<HostUsage, 'cpuBusyMs' | 'cpuTotalMs' | 'cpus'> {
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').slice(0, 8).map(Number.parseFloat);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = Number.NaN, waiting = 0] = ticks;
  const cpus = stat.match(/^cpu\d+ /gm)?.length ?? Number.NaN;
  return { cpuBusyMs: (total - idle - waiting) * TICK_MS, cpuTotalMs: total * TICK_MS, cpus };
}

function kilobytes(memory: string, name: string): number {
  return Number.parseInt(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1] ?? '', 10) * KB;
}

function readDisk(path: string): Pick<HostUsage, 'diskTotalBytes' | 'diskAvailableBytes'> {
  try {
    const { blocks, bavail, bsize } = statfsSync(path);
    return { diskTotalBytes: blocks * bsize, diskAvailableBytes: bavail * bsize };
  } catch {
    return { diskTotalBytes: Number.NaN, diskAvailableBytes: Number.NaN };
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
