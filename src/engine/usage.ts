import type { ContainerLimits, ContainerNetwork } from '../model/container.ts';

/**
 * What is read of a container, in the order of a {@link UsageFrame}. Counters grow from the container's start on; levels
 * are of the instant.
 */
export const USAGE_FIELDS = [
  /** Counters, ns. */
  'cpuNs',
  'cpuUserNs',
  'cpuSystemNs',
  'cpuThrottledNs',
  /** Counters of CFS periods. */
  'cpuPeriods',
  'cpuThrottledPeriods',
  /** Level, bytes, page cache included: the kernel's own figure. */
  'memoryCharged',
  /** Level, bytes of page cache not used lately: `docker stats` shows charged less this. */
  'memoryInactiveFile',
  /** Level, bytes; without a limit `Infinity`, or the memory of the engine's machine where that is all the source knows. */
  'memoryLimit',
  'memorySwap',
  'memoryPeak',
  /** Counter of processes ended for lack of memory. */
  'memoryOomKills',
  /** Counters over its own interfaces: neither the loopback, nor bridges and their ends that an engine inside has made. */
  'networkRxBytes',
  'networkRxPackets',
  'networkRxErrors',
  'networkTxBytes',
  'networkTxPackets',
  'networkTxErrors',
  /** Counters over all block devices. */
  'diskReadBytes',
  'diskWriteBytes',
  'diskReads',
  'diskWrites',
  /** Levels; `Infinity` without a limit. */
  'pids',
  'pidsLimit',
  /** Counters, µs in which some task waited (PSI). */
  'cpuPressureUs',
  'memoryPressureUs',
  'ioPressureUs',
  /** Level, cores its own limit lets it use at once, those of its parents not regarded; `Infinity` without one. */
  'cpuLimit',
] as const;

export type UsageField = (typeof USAGE_FIELDS)[number];

/** Place of each field in a frame. */
export const USAGE: Readonly<Record<UsageField, number>> = Object.freeze(
  Object.fromEntries(USAGE_FIELDS.map((field, index) => [field, index])) as Record<UsageField, number>,
);

/**
 * One reading: a number per field, `NaN` where the source does not tell it. Kept and filled again: nothing is made per sample.
 * It may be longer than the fields are; what is behind them belongs to who gave it.
 */
export type UsageFrame = Float64Array;

export function createUsageFrame(): UsageFrame {
  return new Float64Array(USAGE_FIELDS.length).fill(Number.NaN);
}

/**
 * How much is read; fields left out keep what the frame held before. `cheap`: what people look at every second (CPU, memory,
 * processes, bytes moved). `medium`: all counters. `large`: also levels that cost the kernel much. `full`: also limits.
 */
export type UsageScope = 'cheap' | 'medium' | 'large' | 'full';

/** What a source must know of a container. */
export interface UsageTarget {
  readonly containerId: string;
  /** Its first process as the engine tells it; 0 when unknown. */
  readonly pid: number;
  /** Whose network it sees: counted only when it is its own. */
  readonly network: ContainerNetwork | 'unknown';
  /** What it may use at most, as far as is known now: it may change while the container runs. Absent: not known. */
  limits?(): ContainerLimits | null;
}

/** Reads one run of one container, again and again. A restart needs a new one. */
export interface UsageReader {
  /** Fields this reader never tells, with the reason in words; may grow with the first reading. */
  readonly missing: ReadonlyMap<UsageField, string>;
  /**
   * Fills the frame. Gives `false` when the container's run is over; a promise only where the source must wait. Rejects or
   * throws TidewatchError `engine_*` when it cannot be read this time.
   */
  read(frame: UsageFrame, scope: UsageScope): boolean | Promise<boolean>;
  /**
   * When the figures of the last reading were taken, epoch ms by the source's own clock; `NaN` when it does not tell.
   * Only where that is not the instant at which `read` gave them: rates are exact between two of these. May step.
   */
  readonly takenAt?: number;
  /**
   * The last reading, a cheap one, left out memory and traffic too: no process ran since the reading before, nor between that
   * and the one before it. Who sleeps sends nothing and takes no memory; what others send is in the next medium reading.
   */
  readonly isAsleep?: boolean;
  /** It failed several times in a row: until it is tried again readings are refused, which are no failures of their own. */
  readonly isPaused?: boolean;
  close(): void;
}

/** A source cannot read a container. */
export interface UsageRefusal {
  /** Why, in words. */
  readonly refused: string;
  /** It may be able to in some minutes, while the same run goes on. */
  readonly isPassing?: boolean;
}

/** One way to learn what containers use. */
export interface UsageSource {
  readonly name: 'cgroup' | 'engine';
  /** A reader of the container's present run; or in words why this source cannot read it. */
  open(target: UsageTarget, signal: AbortSignal): Promise<UsageReader | UsageRefusal>;
  /** What asking has cost so far, where somebody is asked. */
  getStats?(): UsageSourceStats;
  close(): void;
}

/** What a source that asks an engine has cost, since its beginning. */
export interface UsageSourceStats {
  readonly calls: number;
  /** Of the calls, those that gave nothing. */
  readonly failures: number;
  /** Readings refused without a call, because the container failed several times in a row. */
  readonly spared: number;
  /** Time spent waiting for answers, all calls together. */
  readonly waitedMs: number;
  /** Of answers, without their headers. */
  readonly bytes: number;
  /** Containers that are not asked at the moment because they failed. */
  readonly paused: number;
}

/** Tells that the first process of a run is gone, sooner than the engine does. A hint: the engine knows code and cause. */
export interface ExitWatch {
  /** Watches one container's run until it ends or is unwatched. Gives whether it can be watched. */
  watch(target: Pick<UsageTarget, 'containerId' | 'pid'>, onExit: () => void): boolean;
  unwatch(containerId: string): void;
  close(): void;
}
