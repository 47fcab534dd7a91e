import { openUsageSources } from '../../src/engine/usage-sources.ts';
import { localHost } from '../../src/monitor/host-figures.ts';
import type { ResourceMonitorOptions } from '../../src/monitor/monitor-options.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import type { TrackedEngine } from './tracked-engine.ts';

/** A monitor with its sources; `close` ends all of it and leaves the tracker as it was. */
export interface MonitoredEngine {
  readonly monitor: ResourceMonitor;
  close(): Promise<void>;
}

/** Wires a monitor as the daemon does. It reads at one pace: neither sleep nor its own cost slows it. */
export function monitorEngine(
  { engine, tracker, bus }: TrackedEngine,
  options: Pick<ResourceMonitorOptions, 'collectInterval' | 'onExit'> = {},
): MonitoredEngine {
  const usage = openUsageSources(engine);
  const { sources, exits } = usage;
  const monitor = new ResourceMonitor({
    ...{ tracker, engine, bus, sources },
    host: localHost(),
    onExit: (containerId) => tracker.noteExit(containerId),
    ...(exits !== null && { exits }),
    slowWhenIdle: false,
    cpuLimitPercent: Number.MAX_VALUE,
    ...options,
  });
  tracker.setMetricsOf((id) => monitor.getWorkspaceMetrics(id) ?? null);
  return {
    monitor,
    async close() {
      await monitor.stop();
      usage.close();
      tracker.setMetricsOf(() => null);
    },
  };
}
