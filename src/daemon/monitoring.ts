import { createCgroupSource } from '../engine/cgroup/cgroup-source.ts';
import { openCgroupTree } from '../engine/cgroup/cgroup-tree.ts';
import { createExitWatch } from '../engine/cgroup/exit-watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { UsageSource } from '../engine/usage.ts';
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
  // Only an engine behind a socket of this machine can run its containers under this kernel.
  const isLocal = engine.endpoint.url.startsWith('unix:');
  const tree = isLocal ? openCgroupTree() : null;
  const exits = tree === null ? null : createExitWatch({ tree });
  const sources: UsageSource[] = [];
  if (tree !== null) sources.push(createCgroupSource({ tree }));
  const asked = engine.usage?.();
  if (asked !== undefined) sources.push(asked);
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
  return {
    monitor,
    async close() {
      await monitor.stop();
      exits?.close();
      for (const source of sources) source.close();
    },
  };
}
