import type { Window } from '../processes/resource-monitor.ts';
import type { Child } from './child.ts';
import { spreadOf } from './spread.ts';

/** What monitoring costs a process over the same process without it. */
export interface MonitoringCost {
  /** Percent of a core, for each round. */
  readonly share: readonly number[];
  /** Percent of a core that the process takes without monitoring, for each round. */
  readonly idle: readonly number[];
  /** µs of CPU for each container and reading, for each round. */
  readonly perSample: readonly number[];
  readonly samples: number;
}

export interface RoundsOptions {
  readonly containers: number;
  readonly intervalMs: number;
  readonly rounds: number;
  /** How long each is measured. */
  readonly windowMs: number;
}

/**
 * As fast as it goes, and for longer than the store waits for its first checkpoint, which starts a thread: then the process is
 * as one that has run for an hour.
 */
const WARM_UP_INTERVAL_MS = 200;
const WARM_UP_MS = 75_000;

/** What opening and closing leave to do. */
const SETTLE_MS = 2_000;

/** So many of the containers may be read on the edge of a window, and fall to either side of it. */
const EDGE_RATIO = 0.3;

/** Measures a process of `resource-monitor`: with a monitor, as a daemon has it: one for all its life; then without one. */
export async function measureRounds(child: Child, options: RoundsOptions): Promise<MonitoringCost> {
  await beginWarm(child, options);
  const busy = await windowsOf(child, options);
  for (const window of busy) checkSamples(window, options);
  await child.ask('end');
  await pause(SETTLE_MS);
  const idle = (await windowsOf(child, options)).map(({ cpuMs, elapsedMs }) => cpuMs / elapsedMs);
  const idleRatio = spreadOf(idle).median;
  const perSample = busy.map(({ cpuMs, elapsedMs, samples }) => ((cpuMs - idleRatio * elapsedMs) * 1000) / samples);
  return {
    perSample,
    idle: idle.map((ratio) => ratio * 100),
    // At exactly one reading of each in an interval.
    share: perSample.map((us) => (us * options.containers) / options.intervalMs / 10),
    samples: busy.reduce((sum, { samples }) => sum + samples, 0),
  };
}

async function windowsOf(child: Child, { rounds, windowMs }: RoundsOptions): Promise<Window[]> {
  const windows: Window[] = [];
  while (windows.length < rounds) windows.push(await child.ask<Window>('measure', windowMs));
  return windows;
}

/** Begins to monitor, and resolves when the process is warm and all containers have their pace. */
export async function beginWarm(
  child: Child,
  { containers, intervalMs }: Pick<RoundsOptions, 'containers' | 'intervalMs'>,
): Promise<void> {
  await child.ask('begin', containers, WARM_UP_INTERVAL_MS);
  await child.ask('measure', WARM_UP_MS);
  await child.ask('setPace', intervalMs);
  await pause(SETTLE_MS + 1.5 * intervalMs);
}

/** A monitor that leaves readings out is cheap: throws when it did. */
export function checkSamples(
  { samples, elapsedMs }: Window,
  { containers, intervalMs }: Pick<RoundsOptions, 'containers' | 'intervalMs'>,
): void {
  const expected = (containers * elapsedMs) / intervalMs;
  if (Math.abs(samples - expected) > containers * EDGE_RATIO) {
    throw new Error(`${samples} readings, not ${Math.round(expected)}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
