import type { Engine } from '../engine/engine.ts';
import { openUsageSources } from '../engine/usage-sources.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import { localHost, unknownHost } from '../monitor/host-figures.ts';
import { ResourceMonitor } from '../monitor/resource-monitor.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { Config } from './config/keys.ts';

/** What the monitor is wired to. */
export interface MonitoringParts {
  readonly tracker: Tracker;
  readonly engine: Engine;
  readonly bus: EventBusPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The monitor with its sources; `close` ends all of it. */
export interface Monitoring {
  readonly monitor: ResourceMonitor;
  close(): Promise<void>;
}

/** Makes the monitor and lets the tracker's states carry its figures. Nothing is read before it is started. */
export function createMonitoring(config: Config, { tracker, engine, bus, clock, logger }: MonitoringParts): Monitoring {
  const usage = openUsageSources(engine);
  const { sources, exits, isLocal } = usage;
  const monitor = new ResourceMonitor({
    tracker,
    engine,
    sources,
    source: config['monitor.source'],
    collectInterval: config['monitor.collectInterval'],
    thresholds: { cpu: config['monitor.thresholds.cpu'], memory: config['monitor.thresholds.memory'] },
    host: isLocal ? localHost(config.dataDir) : unknownHost,
    onExit: (containerId) => tracker.noteExit(containerId),
    ...(exits !== null && { exits }),
    ...{ bus, clock, logger },
  });
  tracker.setMetricsOf((id) => monitor.getWorkspaceMetrics(id) ?? null);
  tracker.setActivityOf((id) => monitor.getLastActivity(id));
  return {
    monitor,
    async close() {
      await monitor.stop();
      usage.close();
    },
  };
}
