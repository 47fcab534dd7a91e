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

/** What the first look at all containers leaves to do. */
const SETTLE_MS = 2_000;

/** So many of the containers may be read on the edge of a window, and fall to either side of it. */
const EDGE_RATIO = 0.3;

/** Measures a process of `resource-monitor`: without a monitor, then with one, as a daemon has it: one for all its life. */
export async function measureRounds(child: Child, options: RoundsOptions): Promise<MonitoringCost> {
  const { containers, intervalMs, rounds, windowMs } = options;
  const idle: number[] = [];
  await pause(SETTLE_MS);
  for (let round = 0; round < rounds; round += 1) {
    const { cpuMs, elapsedMs } = await child.ask<Window>('measure', windowMs);
    idle.push((cpuMs / elapsedMs) * 100);
  }
  await beginWarm(child, options);
  const perSample: number[] = [];
  let samples = 0;
  for (let round = 0; round < rounds; round += 1) {
    const busy = await child.ask<Window>('measure', windowMs);
    checkSamples(busy, options);
    const idleMs = (spreadOf(idle).median / 100) * busy.elapsedMs;
    perSample.push(((busy.cpuMs - idleMs) * 1000) / busy.samples);
    samples += busy.samples;
  }
  await child.ask('end');
  // At exactly one reading of each in an interval.
  const share = perSample.map((us) => (us * containers) / intervalMs / 10);
  return { share, idle, perSample, samples };
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
