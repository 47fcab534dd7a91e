import type { Engine } from '../engine/engine.ts';
import { isLocalEngine } from '../engine/usage-sources.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { SeriesStore } from '../metrics/series-store.ts';
import { THRESHOLD_METRICS } from '../model/threshold-metrics.ts';
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

/** The monitor as it is configured. Nothing is read before it is started. */
export function createMonitor(config: Config, parts: MonitoringParts): ResourceMonitor {
  const interval = config['monitor.diskSizeInterval'];
  return new ResourceMonitor({
    ...parts,
    source: config['monitor.source'],
    collectInterval: config['monitor.collectInterval'],
    thresholds: Object.fromEntries(THRESHOLD_METRICS.map((metric) => [metric, config[`monitor.thresholds.${metric}`]])),
    ...(interval !== 'off' && { diskSizes: { interval } }),
    // The disk that matters is that of the data.
    host: isLocalEngine(parts.engine) ? localHost(config.dataDir) : unknownHost,
  });
}

/** The collector as it is configured. Nothing is kept before it is started. */
export function createCollector(
  config: Config,
  parts: { monitor: ResourceMonitor; workspaces: Tracker; store: SeriesStore; clock: Clock; logger: Logger },
): MetricsCollector {
  const { 'metrics.maxSize': maxBytes, 'metrics.timeZone': timeZone } = config;
  return new MetricsCollector({
    ...parts,
    checkpointInterval: config['metrics.checkpointInterval'],
    retention: {
      raw: config['metrics.retention.raw'],
      minute: config['metrics.retention.minute'],
      hour: config['metrics.retention.hour'],
      day: config['metrics.retention.day'],
    },
    ...(maxBytes !== null && { maxBytes }),
    ...(timeZone !== null && { timeZone }),
  });
}
