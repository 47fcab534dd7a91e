import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import type { Duration } from '../../src/runtime/duration.ts';
import type { TrackedEngine } from './tracked-engine.ts';

/** Wires a monitor as the daemon does. It reads at one pace: neither sleep nor its own cost slows it. */
export function monitorEngine({ engine, tracker, bus }: TrackedEngine, collectInterval: Duration): ResourceMonitor {
  return new ResourceMonitor({
    ...{ tracker, engine, bus, collectInterval },
    slowWhenIdle: false,
    cpuLimitPercent: Number.MAX_VALUE,
  });
}
