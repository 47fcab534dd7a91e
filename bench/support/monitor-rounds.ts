import type { Opening, Window } from '../processes/resource-monitor.ts';
import type { Child } from './child.ts';

/** What monitoring costs a process over the same process without it. */
export interface MonitoringCost {
  /** Percent of a core, for each round. */
  readonly share: readonly number[];
  /** Percent of a core that the process takes without monitoring, for each round. */
  readonly idle: readonly number[];
  /** µs of CPU for each container and reading, for each round. */
  readonly perSample: readonly number[];
  readonly samples: number;
  readonly openings: readonly Opening[];
}

export interface RoundsOptions {
  readonly containers: number;
  readonly intervalMs: number;
  readonly rounds: number;
  /** How long each half of a round is measured. */
  readonly windowMs: number;
}

/** As fast as it goes, so that the code is compiled as in a daemon that has run for an hour. */
const WARM_UP_INTERVAL_MS = 200;
const WARM_UP_READINGS = 15_000;

/** What opening and closing leave to do. */
const SETTLE_MS = 2_000;

/** So many of the containers may be read on the edge of a window, and fall to either side of it. */
const EDGE_RATIO = 0.3;

/** Measures a process of `resource-monitor` in turns without and with its monitor. */
export async function measureRounds(child: Child, options: RoundsOptions): Promise<MonitoringCost> {
  const { containers, intervalMs, rounds, windowMs } = options;
  await warmUp(child, containers);
  const found = { share: [] as number[], idle: [] as number[], perSample: [] as number[], openings: [] as Opening[] };
  let samples = 0;
  for (let round = 0; round < rounds; round += 1) {
    await pause(SETTLE_MS);
    const idle = await child.ask<Window>('measure', windowMs);
    found.openings.push(await child.ask<Opening>('begin', containers, intervalMs));
    // Behind the second reading, which is early, the next may be one and a half intervals away: then all have their pace.
    await pause(SETTLE_MS + 1.5 * intervalMs);
    const busy = await child.ask<Window>('measure', windowMs);
    await child.ask('end');
    checkSamples(busy, options);
    const idleRatio = idle.cpuMs / idle.elapsedMs;
    const perSample = ((busy.cpuMs - idleRatio * busy.elapsedMs) * 1000) / busy.samples;
    found.idle.push(idleRatio * 100);
    found.perSample.push(perSample);
    // At exactly one reading of each in an interval.
    found.share.push((perSample * containers) / intervalMs / 10);
    samples += busy.samples;
  }
  return { ...found, samples };
}

/** Runs the monitor's code until it is compiled; the process is without a monitor before and after. */
export async function warmUp(child: Child, containers: number): Promise<void> {
  await child.ask('begin', containers, WARM_UP_INTERVAL_MS);
  await child.ask('measure', (WARM_UP_READINGS / containers) * WARM_UP_INTERVAL_MS);
  await child.ask('end');
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
